#include "host/new_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <utility>

#include "host/cannot.hpp"
#include "util/path.hpp"

namespace devbox::host {

void make_directories(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return;
  if (errno != ENOENT || path == "/") throw cannot("make the directory", path, errno);
  make_directories(path::parent(path));
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
    throw cannot("make the directory", path, errno);
}

NewFile::NewFile(int directory, std::string shown, mode_t mode)
    : directory_(directory), shown_(std::move(shown)) {
  std::uint64_t random = 0;
  if (::getrandom(&random, sizeof random, 0) < 0) throw cannot("write", shown_, errno);
  name_ = fmt::format(".new-{:016x}", random);
  fd_ = Fd(::openat(directory, name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                    mode));
  if (!fd_) throw cannot("make a file in", shown_, errno);
}

NewFile::~NewFile() {
  if (!name_.empty()) ::unlinkat(directory_, name_.c_str(), 0);
}

void NewFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd_.get(), bytes.data(), bytes.size());
    if (put < 0 && errno != EINTR) throw cannot("write in", shown_, errno);
    if (put > 0) bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  if (::fsync(fd_.get()) != 0) throw cannot("write in", shown_, errno);
}

void NewFile::rename(const std::string& name) {
  if (::renameat(directory_, name_.c_str(), directory_, name.c_str()) != 0)
    throw cannot("write", path::join(shown_, name), errno);
  name_.clear();
}

}  // namespace devbox::host
