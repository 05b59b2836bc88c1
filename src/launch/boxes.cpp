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
#include "host/storage.hpp"
#include "kernel/raw.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace devbox::launch {
namespace {

// A directory of ours alone below `parent`, made where it is missing. In /tmp somebody else may
// have been there first, with a directory or a link of their own.
Fd open_private(int parent, const std::string& name, const std::string& path) {
  if (::mkdirat(parent, name.c_str(), 0700) < 0 && errno != EEXIST) {
    throw host::cannot("make the runtime directory", path, errno);
  }
  constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  Fd directory(::openat(parent, name.c_str(), kFlags));
  if (!directory && errno != ELOOP && errno != ENOTDIR && errno != EACCES) {
    throw host::cannot("open the runtime directory", path, errno);
  }
  struct stat info {};
  const bool is_ours = directory && ::fstat(directory.get(), &info) == 0 &&
                       info.st_uid == ::geteuid() && (info.st_mode & 022) == 0;
  if (is_ours) return directory;
  throw Error(fmt::format("cannot use {} as the runtime directory: {}", printable(path),
                          host::kNotYoursAlone),
              host::kMakeItYours);
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

}  // namespace

Boxes::Boxes(const std::string& runtime) : path_(runtime + "/boxes") {
  const Fd outer = open_private(AT_FDCWD, runtime, runtime);
  directory_ = open_private(outer.get(), "boxes", path_);
}

std::string Boxes::new_name() {
  struct timespec now {};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return fmt::format("{}.{:x}{:08x}", ::getpid(), now.tv_sec, now.tv_nsec);
}

bool Boxes::launcher_is_dead(const char* name) {
  const long pid = std::strtol(name, nullptr, 10);
  return pid > 0 && ::kill(static_cast<pid_t>(pid), 0) < 0 && errno == ESRCH;
}

bool Boxes::sweep() const {
  bool found = false;
  char bytes[1024] = {};
  const long n = kernel::raw(__NR_getdents64, directory_.get(), bytes, sizeof bytes);
  for (long at = 0; at < n;) {
    const Entry entry = entry_at(bytes + at);
    at += entry.length;
    if (entry.name[0] == '.' || !launcher_is_dead(entry.name)) continue;
    const Fd writer(
        ::openat(directory_.get(), entry.name, O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC));
    if (writer || errno != ENXIO) continue;
    ::unlinkat(directory_.get(), entry.name, 0);
    found = true;
  }
  return found;
}

}  // namespace devbox::launch
