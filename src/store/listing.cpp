#include "store/listing.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <memory>

#include "host/cannot.hpp"

namespace devbox::store {

Fd open_directory(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd) throw host::cannot("open", path, errno);
  return fd;
}

std::vector<std::string> names_in(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  std::vector<std::string> names;
  if (!fd && errno == ENOENT) return names;
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(fd ? ::fdopendir(fd.get()) : nullptr,
                                                   &::closedir);
  if (!stream) throw host::cannot("list", path, errno);
  static_cast<void>(fd.release());  // the stream's now
  while (const dirent* found = ::readdir(stream.get())) {
    if (found->d_name[0] != '.') names.emplace_back(found->d_name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::optional<std::string> link_text(const std::string& path) {
  char text[PATH_MAX];
  const ssize_t size = ::readlink(path.c_str(), text, sizeof text);
  if (size < 0) {
    if (errno == ENOENT || errno == ENOTDIR || errno == EINVAL) return std::nullopt;
    throw host::cannot("read", path, errno);
  }
  return std::string(text, static_cast<std::size_t>(size));
}

}  // namespace devbox::store
