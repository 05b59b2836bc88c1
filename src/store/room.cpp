#include "store/room.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "util/text.hpp"

namespace devbox::store {

Room::Room(std::string directory)
    : directory_(std::move(directory)), before_(host::look_at_storage(directory_)) {}

void Room::take(const Step& step) {
  names_ = std::max(names_, step.names);
  bytes_ = std::max(bytes_, step.bytes);
  if (step.layer && step.layer->of > step.layer->number)
    fetched_[step.layer->number] = std::max(step.layer->size, step.layer->fetched);
}

std::string Room::needed() const {
  std::uint64_t fetched = 0;
  for (const auto& [number, size] : fetched_) fetched += size;
  std::string text;
  if (fetched > 0) text = fmt::format("{} as it is fetched", megabytes(fetched));
  if (bytes_ > 0) {
    text +=
        fmt::format("{}{} had been unpacked", text.empty() ? "" : ", of which ", megabytes(bytes_));
  }
  return text.empty() ? text : ": " + text;
}

Error Room::explained(const Error& error) const {
  if ((error.err() != ENOSPC && error.err() != EDQUOT) || before_.err != 0) return error;
  const host::Storage now = host::look_at_storage(directory_);
  const bool no_names = before_.free_inodes && now.free_inodes && *now.free_inodes == 0;
  const std::string room =
      no_names ? fmt::format("{} files", *before_.free_inodes) : megabytes(before_.free_bytes);
  std::string message =
      error.err() == EDQUOT
          ? fmt::format("{}; the image needs more than your quota allows{}", error.message(),
                        needed())
          : fmt::format("{}; there was room for {} in {}, and the image needs more{}",
                        error.message(), room, printable(directory_), needed());
  return Error(std::move(message),
               "`devbox image du` says what the images there take, and `devbox image rm` removes "
               "one; or set XDG_DATA_HOME to a directory of a larger disk",
               error.kind(), error.err());
}

}  // namespace devbox::store
