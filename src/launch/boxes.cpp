#include "launch/boxes.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "host/cannot.hpp"
#include "kernel/raw.hpp"
#include "util/error.hpp"

namespace devbox::launch {
namespace {

void make_private(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0) return;
  if (errno != EEXIST) throw host::cannot("make the runtime directory", path, errno);
  struct stat info {};
  if (::lstat(path.c_str(), &info) < 0)
    throw host::cannot("look at the runtime directory", path, errno);
  const bool is_ours =
      S_ISDIR(info.st_mode) && info.st_uid == ::geteuid() && (info.st_mode & 022) == 0;
  if (is_ours) return;
  throw Error(
      fmt::format(
          "cannot use {} as the runtime directory: it is not a directory that is yours alone",
          path),
      "remove it, or set XDG_RUNTIME_DIR to a directory of yours with mode 0700");
}

// struct linux_dirent64 of getdents64(2), whose name starts at byte 19.
struct Entry {
  unsigned short length;
  const char* name;
};
Entry entry_at(const char* bytes) {
  Entry entry{};
  std::memcpy(&entry.length, bytes + 16, sizeof entry.length);
  entry.name = bytes + 19;
  return entry;
}

bool is_dead(const char* name) {
  const long pid = std::strtol(name, nullptr, 10);
  return pid > 0 && ::kill(static_cast<pid_t>(pid), 0) < 0 && errno == ESRCH;
}

}  // namespace

Boxes::Boxes(const std::string& runtime) : path_(runtime + "/boxes") {
  if (::mkdir(path_.c_str(), 0700) < 0) {
    if (errno != EEXIST) make_private(runtime);
    make_private(path_);
  }
  directory_.reset(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory_) throw host::cannot("open the runtime directory", path_, errno);
  struct stat info {};
  if (::fstat(directory_.get(), &info) < 0 || info.st_uid != ::geteuid()) make_private(path_);
}

std::string Boxes::new_name() {
  struct timespec now {};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return fmt::format("{}.{:x}{:08x}", ::getpid(), now.tv_sec, now.tv_nsec);
}

void Boxes::sweep() const {
  char bytes[1024];
  const long n = kernel::raw(__NR_getdents64, directory_.get(), bytes, sizeof bytes);
  for (long at = 0; at < n;) {
    const Entry entry = entry_at(bytes + at);
    at += entry.length;
    if (entry.name[0] == '.' || !is_dead(entry.name)) continue;
    const Fd writer(
        ::openat(directory_.get(), entry.name, O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC));
    if (!writer && errno == ENXIO) ::unlinkat(directory_.get(), entry.name, 0);
  }
}

}  // namespace devbox::launch
