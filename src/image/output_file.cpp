#include "image/output_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/random.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "host/cannot.hpp"

namespace devbox::image {
namespace {

constexpr mode_t kMode = 0666;  // but for the umask: what any program writes for its user

std::string new_name(const std::string& shown) {
  std::uint64_t random = 0;
  if (::getrandom(&random, sizeof random, 0) < 0) throw host::cannot("write", shown, errno);
  return fmt::format(".devbox-{:016x}", random);
}

}  // namespace

OutputFile::OutputFile(int directory, std::string shown)
    : directory_(directory),
      shown_(std::move(shown)),
      fd_(::openat(directory, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, kMode)) {
  if (fd_) return;
  // Not every file system can (EOPNOTSUPP), and old kernels take it for a directory (EISDIR).
  if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)
    throw host::cannot("write", shown_, errno);
  name_ = new_name(shown_);
  fd_ = Fd(::openat(directory, name_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                    kMode));
  if (fd_) return;
  name_.clear();
  throw host::cannot("write", shown_, errno);
}

OutputFile::~OutputFile() {
  if (!name_.empty()) ::unlinkat(directory_, name_.c_str(), 0);
}

void OutputFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd_.get(), bytes.data(), bytes.size());
    if (put < 0 && errno != EINTR) throw host::cannot("write", shown_, errno);
    if (put <= 0) continue;
    bytes.remove_prefix(static_cast<std::size_t>(put));
    size_ += static_cast<std::uint64_t>(put);
  }
}

std::size_t OutputFile::read(char* buffer, std::size_t most, std::uint64_t at) const {
  while (true) {
    const ssize_t got = ::pread(fd_.get(), buffer, most, static_cast<off_t>(at));
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) throw host::cannot("read", shown_, errno);
  }
}

void OutputFile::publish(int directory, const std::string& name) {
  if (::fsync(fd_.get()) != 0) throw host::cannot("write", shown_, errno);
  if (name_.empty()) link(directory, new_name(shown_));
  if (::renameat(directory_, name_.c_str(), directory, name.c_str()) != 0)
    throw host::cannot("write", shown_, errno);
  name_.clear();
}

// linkat(2) replaces nothing, and so the name is one that nobody has.
void OutputFile::link(int directory, const std::string& name) {
  const std::string file = fmt::format("/proc/self/fd/{}", fd_.get());
  if (::linkat(AT_FDCWD, file.c_str(), directory, name.c_str(), AT_SYMLINK_FOLLOW) != 0)
    throw host::cannot("write", shown_, errno);
  directory_ = directory;
  name_ = name;
}

}  // namespace devbox::image
