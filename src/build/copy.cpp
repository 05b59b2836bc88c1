#include "build/copy.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

#include "host/cannot.hpp"
#include "util/error.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::build {
namespace {

constexpr int kDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
constexpr mode_t kPermissions = 0777;  // without set-id bits

void copy_by_writing(int from, int to, std::string_view shown) {
  std::vector<char> buffer(std::size_t{1} << 20U);
  for (;;) {
    const ssize_t got = ::read(from, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw host::cannot("read", shown, errno);
    if (got == 0) return;
    for (ssize_t done = 0; done < got;) {
      const ssize_t written =
          ::write(to, buffer.data() + done, static_cast<std::size_t>(got - done));
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) throw host::cannot("write", shown, errno);
      done += written;
    }
  }
}

void copy_file(int from, const std::string& name, int to, const std::string& new_name,
               const struct stat& st, const std::string& shown) {
  const Fd source(::openat(from, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!source) throw host::cannot("read", shown, errno);
  const Fd target(::openat(to, new_name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!target) throw host::cannot("write", shown, errno);
  copy_bytes(source.get(), target.get(), shown);
  const std::array<struct timespec, 2> times = {st.st_mtim, st.st_mtim};
  if (::fchmod(target.get(), st.st_mode & kPermissions) < 0 ||
      ::futimens(target.get(), times.data()) < 0)
    throw host::cannot("write", shown, errno);
}

void copy_link(int from, const std::string& name, int to, const std::string& new_name,
               const std::string& shown) {
  std::array<char, 4097> text{};
  const ssize_t size = ::readlinkat(from, name.c_str(), text.data(), text.size() - 1);
  if (size < 0) throw host::cannot("read the link", shown, errno);
  if (::symlinkat(text.data(), to, new_name.c_str()) < 0)
    throw host::cannot("make the link", shown, errno);
}

void copy_directory(int from, const std::string& name, int to, const std::string& new_name,
                    const struct stat& st, const std::string& shown) {
  const Fd source(::openat(from, name.c_str(), kDirectory));
  if (!source) throw host::cannot("list", shown, errno);
  if (::mkdirat(to, new_name.c_str(), 0700) < 0) throw host::cannot("make", shown, errno);
  const Fd target(::openat(to, new_name.c_str(), kDirectory));
  if (!target) throw host::cannot("open", shown, errno);
  for (const std::string& one : names_in(source.get(), shown))
    copy_tree(source.get(), one, target.get(), one, path::join(shown, one));
  const std::array<struct timespec, 2> times = {st.st_mtim, st.st_mtim};
  if (::fchmod(target.get(), st.st_mode & kPermissions) < 0 ||
      ::futimens(target.get(), times.data()) < 0)
    throw host::cannot("write", shown, errno);
}

}  // namespace

Fd open_directory(const std::string& path) {
  Fd fd(::open(path.c_str(), kDirectory));
  if (!fd) throw host::cannot("open", path, errno);
  return fd;
}

std::vector<std::string> names_in(int directory, const std::string& shown) {
  Fd copy(::openat(directory, ".", kDirectory));
  DIR* const stream = copy ? ::fdopendir(copy.get()) : nullptr;
  if (stream == nullptr) throw host::cannot("list", shown, errno);
  copy.release();
  const std::unique_ptr<DIR, int (*)(DIR*)> owner(stream, ::closedir);
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(stream)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
    errno = 0;
  }
  if (errno != 0) throw host::cannot("list", shown, errno);
  std::sort(names.begin(), names.end());
  return names;
}

Fd make_below(int top, const std::string& path, std::string_view shown) {
  Fd at(::openat(top, ".", kDirectory));
  if (!at) throw host::cannot("open", shown, errno);
  std::string done(shown);
  for (const std::string& name : split(path, '/')) {
    if (name.empty()) continue;
    done = path::join(done, name);
    if (::mkdirat(at.get(), name.c_str(), 0755) < 0 && errno != EEXIST)
      throw host::cannot("make the directory", done, errno);
    Fd next(::openat(at.get(), name.c_str(), kDirectory));
    if (!next && (errno == ELOOP || errno == ENOTDIR)) {
      throw Error(
          fmt::format("{} is a link, or a file, where a directory is needed", printable(done)),
          "devbox follows no link there; put a directory in its place");
    }
    if (!next) throw host::cannot("open", done, errno);
    at = std::move(next);
  }
  return at;
}

void copy_bytes(int from, int to, std::string_view shown) {
  if (::ioctl(to, FICLONE, from) == 0) return;
  // In the kernel, by the megabyte; which file systems can is not known before (copy_file_range(2),
  // ERRORS).
  for (;;) {
    const ssize_t copied = ::copy_file_range(from, nullptr, to, nullptr, std::size_t{1} << 30U, 0);
    if (copied == 0) break;  // the end, or a kernel file that says it is empty
    if (copied > 0 || errno == EINTR) continue;
    if (errno == ENOSPC || errno == EDQUOT || errno == EIO)
      throw host::cannot("write", shown, errno);
    break;
  }
  copy_by_writing(from, to, shown);  // what is left: nothing, or all of it
}

void copy_tree(int from, const std::string& name, int to, const std::string& new_name,
               const std::string& shown) {
  struct stat st {};
  if (::fstatat(from, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) < 0)
    throw host::cannot("read", shown, errno);
  if (S_ISREG(st.st_mode)) return copy_file(from, name, to, new_name, st, shown);
  if (S_ISLNK(st.st_mode)) return copy_link(from, name, to, new_name, shown);
  if (S_ISDIR(st.st_mode)) return copy_directory(from, name, to, new_name, st, shown);
  throw Error(
      fmt::format("{} is {}, which is no output", printable(shown), host::kind_text(st.st_mode)),
      "an output is made of files, directories and links");
}

}  // namespace devbox::build
