#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/close_range.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <limits>

#include "kernel/raw.hpp"
#include "launch/launch.hpp"
#include "util/error.hpp"

namespace devbox::launch {
namespace {

bool close_range(unsigned first, unsigned last) {
  return first > last || kernel::raw(__NR_close_range, first, last, 0) != -ENOSYS;
}

// Below Linux 5.9, or under a filter that knows no close_range.
void close_listed(const std::vector<int>& keep) {
  DIR* listing = ::opendir("/proc/self/fd");
  if (listing == nullptr)
    throw Error("cannot list the open descriptors in /proc/self/fd", "mount /proc");
  std::vector<int> open;
  while (const dirent* entry = ::readdir(listing)) {
    const int fd = std::atoi(entry->d_name);
    if (fd > 2 && fd != ::dirfd(listing)) open.push_back(fd);
  }
  ::closedir(listing);
  for (const int fd : open) {
    if (std::find(keep.begin(), keep.end(), fd) == keep.end()) ::close(fd);
  }
}

}  // namespace

void close_inherited(const std::vector<int>& keep) {
  std::vector<int> sorted = keep;
  std::sort(sorted.begin(), sorted.end());
  unsigned first = 3;
  bool closed = true;
  for (const int fd : sorted) {
    if (::fcntl(fd, F_GETFD) < 0) {
      throw Error(
          fmt::format("cannot pass descriptor {}: it is not open", fd),
          fmt::format("open it in the shell, as in `devbox run --pass-fd {0} … {0}<FILE`", fd),
          Error::Kind::usage);
    }
    const auto kept = static_cast<unsigned>(std::max(fd, 2));
    closed = closed && (kept <= first || close_range(first, kept - 1));
    first = std::max(first, kept + 1);
  }
  if (!closed || !close_range(first, std::numeric_limits<unsigned>::max())) close_listed(keep);
}

}  // namespace devbox::launch
