// mount_setattr(2) as far as mount(2) can stand in for it: Linux 5.2 to 5.11.

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/statfs.h>

#include "kernel/fd_path.hpp"
#include "kernel/mount.hpp"
#include "kernel/raw.hpp"

namespace devbox::kernel {
namespace {

constexpr unsigned kPathBytes = 4096;

// The flags that a mount already has: they are locked, and a remount that leaves one out is EPERM
// (mount_namespaces(7), "Restrictions on mount namespaces").
unsigned long present_flags(const char* path) noexcept {
  struct statfs info {};
  if (raw(__NR_statfs, path, &info) < 0) return 0;
  const auto has = static_cast<unsigned long>(info.f_flags);
  unsigned long flags = 0;
  if ((has & 0x0001) != 0) flags |= MS_RDONLY;  // ST_* of statfs(2)
  if ((has & 0x0002) != 0) flags |= MS_NOSUID;
  if ((has & 0x0004) != 0) flags |= MS_NODEV;
  if ((has & 0x0008) != 0) flags |= MS_NOEXEC;
  if ((has & 0x0400) != 0) flags |= MS_NOATIME;
  if ((has & 0x0800) != 0) flags |= MS_NODIRATIME;
  if ((has & 0x1000) != 0) flags |= MS_RELATIME;
  return flags;
}

Done remount_path(const char* path, std::uint64_t attributes) noexcept {
  unsigned long flags = MS_REMOUNT | MS_BIND | present_flags(path);
  if ((attributes & kReadOnly) != 0) flags |= MS_RDONLY;
  if ((attributes & kNoSuid) != 0) flags |= MS_NOSUID;
  if ((attributes & kNoDev) != 0) flags |= MS_NODEV;
  if ((attributes & kNoExec) != 0) flags |= MS_NOEXEC;
  return sys_done(raw(__NR_mount, nullptr, path, nullptr, flags, nullptr));
}

bool is_octal(const char* p) noexcept {
  return p[0] == '\\' && p[1] >= '0' && p[1] <= '3' && p[2] >= '0' && p[2] <= '7' && p[3] >= '0' &&
         p[3] <= '7';
}

// The fifth field of a line of mountinfo, its \ooo undone (proc_pid_mountinfo(5)); false where
// there is none.
bool mount_point(char* line, char*& point) noexcept {
  char* p = line;
  for (int field = 0; field < 4; ++field) {
    while (*p != ' ' && *p != '\0') ++p;
    if (*p == '\0') return false;
    ++p;
  }
  point = p;
  char* to = p;
  while (*p != ' ' && *p != '\0') {
    if (is_octal(p)) {
      *to++ = static_cast<char>((p[1] - '0') * 64 + (p[2] - '0') * 8 + (p[3] - '0'));
      p += 4;
    } else {
      *to++ = *p++;
    }
  }
  *to = '\0';
  return true;
}

bool is_below(const char* path, const char* ancestor) noexcept {
  while (*ancestor != '\0' && *path == *ancestor) {
    ++path;
    ++ancestor;
  }
  return *ancestor == '\0' && *path == '/';
}

// Reads a file line by line through a buffer of its own; lines longer than it are cut.
class Lines {
 public:
  explicit Lines(int fd) noexcept : fd_(fd) {}

  char* next() noexcept {
    for (unsigned i = start_; i < end_; ++i) {
      if (buffer_[i] == '\n') {
        buffer_[i] = '\0';
        char* line = buffer_ + start_;
        start_ = i + 1;
        return line;
      }
    }
    return refill() ? next() : nullptr;
  }

 private:
  bool refill() noexcept {
    for (unsigned i = start_; i < end_; ++i) buffer_[i - start_] = buffer_[i];
    end_ -= start_;
    start_ = 0;
    if (end_ == sizeof buffer_) return false;
    const long n = raw(__NR_read, fd_, buffer_ + end_, sizeof buffer_ - end_);
    if (n <= 0) return false;
    end_ += static_cast<unsigned>(n);
    return true;
  }

  int fd_;
  unsigned start_ = 0;
  unsigned end_ = 0;
  char buffer_[2 * kPathBytes] = {};
};

Done remount_below(const char* ancestor, std::uint64_t attributes) noexcept {
  const Sys<int> file =
      sys_int(raw(__NR_openat, AT_FDCWD, "/proc/self/mountinfo", O_RDONLY | O_CLOEXEC));
  if (!file) return {{}, file.err};
  Lines lines(file.value);
  Done done;
  while (char* line = lines.next()) {
    char* point = nullptr;
    if (!mount_point(line, point) || !is_below(point, ancestor)) continue;
    done = remount_path(point + 1, attributes);
    if (!done) break;
  }
  raw(__NR_close, file.value);
  return done;
}

}  // namespace

Done remount(int mount, std::uint64_t attributes, Depth depth) noexcept {
  const FdPath self(mount);
  const long changed = raw(__NR_mount, nullptr, self.text, nullptr, MS_PRIVATE | MS_REC, nullptr);
  if (changed < 0) return sys_done(changed);
  if (const Done done = remount_path(self.text, attributes); !done || depth == Depth::one)
    return done;
  char path[kPathBytes];
  const long n = raw(__NR_readlinkat, AT_FDCWD, self.text, path, sizeof path - 1);
  if (n < 0) return sys_done(n);
  path[n] = '\0';
  return remount_below(path, attributes);
}

}  // namespace devbox::kernel
