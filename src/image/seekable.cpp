#include "image/seekable.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "host/cannot.hpp"

namespace devbox::image {

std::string Seekable::text_at(std::uint64_t offset, std::size_t size) const {
  const std::uint64_t there = offset < this->size() ? this->size() - offset : 0;
  std::string text(std::min<std::uint64_t>(size, there), '\0');
  text.resize(read_at(offset, text));
  return text;
}

FileBytes::FileBytes(int fd, std::uint64_t size, std::string shown)
    : fd_(fd), size_(size), shown_(std::move(shown)) {}

// What has grown since it was measured is read as it was: whoever writes to it meanwhile gets an
// answer about nothing anyway.
std::size_t FileBytes::read_at(std::uint64_t offset, std::span<char> to) const {
  if (offset >= size_) return 0;
  to = to.first(std::min<std::uint64_t>(to.size(), size_ - offset));
  std::size_t done = 0;
  while (done < to.size()) {
    const ssize_t got =
        ::pread(fd_, to.data() + done, to.size() - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw host::cannot("read", shown_, errno);
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

std::size_t MemoryBytes::read_at(std::uint64_t offset, std::span<char> to) const {
  if (offset >= bytes_.size()) return 0;
  return bytes_.copy(to.data(), to.size(), offset);
}

PartOfBytes::PartOfBytes(const Seekable& whole, std::uint64_t offset, std::uint64_t size)
    : whole_(whole),
      offset_(std::min(offset, whole.size())),
      size_(std::min(size, whole.size() - offset_)) {}

std::size_t PartOfBytes::read_at(std::uint64_t offset, std::span<char> to) const {
  if (offset >= size_) return 0;
  return whole_.read_at(offset_ + offset,
                        to.first(std::min<std::uint64_t>(to.size(), size_ - offset)));
}

}  // namespace devbox::image
