#include "host/files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>

#include "host/cannot.hpp"
#include "host/probe.hpp"
#include "util/error.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::host {
namespace {

NodeKind kind_of(mode_t mode) {
  if (S_ISREG(mode)) return NodeKind::file;
  if (S_ISDIR(mode)) return NodeKind::directory;
  if (S_ISCHR(mode) || S_ISBLK(mode)) return NodeKind::device;
  return NodeKind::other;
}

Error not_readable(const std::string& path, const Contents& read, std::size_t max_bytes) {
  const std::string what = fmt::format("cannot read {}: ", printable(path));
  if (S_ISDIR(read.wrong_kind)) return Error(what + "it is a directory", "name a file");
  if (read.wrong_kind != 0) {
    return Error(fmt::format("{}it is {}, not a regular file", what, kind_text(read.wrong_kind)),
                 "name a regular file");
  }
  if (read.too_long) {
    return Error(fmt::format("{}it is longer than {}", what, size_text(max_bytes)),
                 "check that it is the file you mean");
  }
  return cannot("read", path, read.err);
}

// The path of what is opened so is the real one, and nobody need ask for it.
Fd open_without_links(const std::string& path) {
  struct open_how how {};
  how.flags = O_PATH | O_CLOEXEC;
  how.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  return Fd(static_cast<int>(::syscall(SYS_openat2, AT_FDCWD, path.c_str(), &how, sizeof how)));
}

// The kernel knows the path of what is open: one call, where realpath(3) asks about every part.
// Returns an errno.
int find_real(int fd, std::string& path) {
  char text[PATH_MAX];
  const ssize_t size = ::readlink(fmt::format("/proc/self/fd/{}", fd).c_str(), text, sizeof text);
  if (size < 0) return errno;
  if (size == 0 || size == sizeof text) return ENAMETOOLONG;
  path.assign(text, static_cast<std::size_t>(size));
  return 0;
}

// Its text where the path itself is a link; empty elsewhere.
std::string link_text(const std::string& path) {
  char text[PATH_MAX];
  const ssize_t size = ::readlink(path.c_str(), text, sizeof text);
  return {text, static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
}

}  // namespace

Contents contents(int fd, std::size_t max_bytes) {
  Contents result;
  struct stat st {};
  if (::fstat(fd, &st) != 0) {
    result.err = errno;
    return result;
  }
  if (!S_ISREG(st.st_mode)) {
    result.wrong_kind = st.st_mode;
    return result;
  }
  // The size is a guess: /proc says 0, and another process may be writing. One byte beyond the
  // limit is asked for, to see that the file is longer.
  const auto size = static_cast<std::size_t>(st.st_size);
  std::string& bytes = result.bytes;
  std::size_t used = 0;
  bytes.resize(std::min(size, max_bytes) + 1);
  while (true) {
    const ssize_t got = ::read(fd, bytes.data() + used, bytes.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) result.err = errno;
    if (got <= 0) break;
    used += static_cast<std::size_t>(got);
    if (used > max_bytes) result.too_long = true;
    if (result.too_long) break;
    if (used == size && used < bytes.size()) break;  // there was room for more, and no more came
    if (used == bytes.size()) bytes.resize(std::min(used * 2 + 4096, max_bytes + 1));
  }
  bytes.resize(result.ok() ? used : 0);
  return result;
}

Contents contents(const char* path, std::size_t max_bytes) {
  const Fd fd(::open(path, kCautiousRead));
  if (fd) return contents(fd.get(), max_bytes);

  Contents result;
  result.err = errno;
  // A socket and a device without a driver cannot be opened at all; its kind says more than the
  // errno.
  struct stat st {};
  if (result.err == ENXIO && ::stat(path, &st) == 0) result.wrong_kind = st.st_mode;
  return result;
}

std::string kernel_text(int directory, const char* file) {
  constexpr std::size_t kMostBytes = 256 * 1024;
  const Fd fd(::openat(directory, file, O_RDONLY | O_CLOEXEC));
  std::string text = fd ? contents(fd.get(), kMostBytes).bytes : std::string();
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

std::string kernel_text(const std::string& path) { return kernel_text(AT_FDCWD, path.c_str()); }

std::string size_text(std::size_t bytes) {
  constexpr std::size_t kKiB = 1024;
  if (bytes >= kKiB * kKiB && bytes % (kKiB * kKiB) == 0)
    return fmt::format("{} MiB", bytes / (kKiB * kKiB));
  if (bytes >= kKiB && bytes % kKiB == 0) return fmt::format("{} KiB", bytes / kKiB);
  return fmt::format("{} bytes", bytes);
}

std::string read_file(const std::string& path, std::size_t max_bytes) {
  // A path with a NUL would be cut there and name another file.
  if (path.find('\0') != std::string::npos) throw cannot("read", path, ENOENT);
  Contents read = contents(path.c_str(), max_bytes);
  if (!read.ok()) throw not_readable(path, read, max_bytes);
  return std::move(read.bytes);
}

PathFact look(const std::string& path) {
  PathFact fact;
  struct stat st {};
  if (path.find('\0') != std::string::npos) {
    fact.err = ENOENT;
    return fact;
  }
  Fd fd = open_without_links(path);
  if (!fd && errno == ENOENT) {  // before any link was met
    fact.err = ENOENT;
    return fact;
  }
  const bool is_real = fd && path::normal(path) == path;
  if (!fd) fd = Fd(::open(path.c_str(), O_PATH | O_CLOEXEC));
  if (!fd || ::fstat(fd.get(), &st) != 0) {
    fact.err = errno;
    fact.link = link_text(path);
    return fact;
  }
  if (is_real) {
    fact.real = path;
  } else {
    fact.err = find_real(fd.get(), fact.real);
    fact.link = link_text(path);
    if (fact.err != 0) return fact;
  }
  fact.kind = kind_of(st.st_mode);
  fact.owner = st.st_uid;
  return fact;
}

}  // namespace devbox::host
