// Times of files, as stat(2) and statx(2) tell them.
#include <asm/stat.h>
#include <linux/stat.h>

#include "surroundings/loaded.hpp"
#include "surroundings/now.hpp"

namespace devbox::surroundings {
namespace {

// Changes the times of one file, and asks the clock at most once for it.
class Shown {
 public:
  // Of a file that was changed last at this time: its ctime.
  Shown(int64_t seconds, int64_t fraction) {
    const timespec change{seconds, fraction};
    was_there_ = fits(change) && nanoseconds(change) < map_.start - kTick;
  }

  // `Seconds` and `Fraction` are of different types in each structure.
  template <class Seconds, class Fraction>
  void change(Seconds& seconds, Fraction& fraction) {
    const timespec time{static_cast<long>(seconds), static_cast<long>(fraction)};
    if (!fits(time)) return;
    const int64_t stored = nanoseconds(time);
    if (stored <= map_.base && stored < map_.start - kTick) return;  // most, without the clock
    if (now_ == 0) now_ = real_now();
    const timespec changed = timespec_of(was_there_ ? shown_of_old_file(map_, stored, now_)
                                                    : shown_of_file(map_, stored, now_));
    seconds = static_cast<Seconds>(changed.tv_sec);
    fraction = static_cast<Fraction>(changed.tv_nsec);
  }

 private:
  const TimeMap& map_ = loaded().time;
  int64_t now_ = 0;
  bool was_there_ = false;
};

int finish(long value, struct stat* file) {
  if (value == 0 && time_is_changed()) {
    Shown shown(static_cast<int64_t>(file->st_ctime), static_cast<int64_t>(file->st_ctime_nsec));
    shown.change(file->st_atime, file->st_atime_nsec);
    shown.change(file->st_mtime, file->st_mtime_nsec);
    shown.change(file->st_ctime, file->st_ctime_nsec);
  }
  return outcome(value);
}

int stat_at(int directory, const char* path, struct stat* file, int flags) {
  return finish(raw(__NR_newfstatat, directory, path, file, flags), file);
}

// Before glibc 2.33 stat(2) was a call of __xstat, with a number for the structure. 0 and 1 are the
// one that there is now.
bool is_known(int version) {
  if (version == 0 || version == 1) return true;
  *libc_errno() = EINVAL;
  return false;
}

}  // namespace

DEVBOX_REPLACES int stat(const char* path, struct stat* file) {
  return stat_at(kWorkingDirectory, path, file, 0);
}
DEVBOX_REPLACES int lstat(const char* path, struct stat* file) {
  return stat_at(kWorkingDirectory, path, file, kNotFollowed);
}
DEVBOX_REPLACES int fstat(int fd, struct stat* file) {
  return finish(raw(__NR_fstat, fd, file), file);
}
DEVBOX_REPLACES int fstatat(int directory, const char* path, struct stat* file, int flags) {
  return stat_at(directory, path, file, flags);
}

DEVBOX_REPLACES int old_stat(int, const char*, struct stat*) __asm__("__xstat");
DEVBOX_REPLACES int old_lstat(int, const char*, struct stat*) __asm__("__lxstat");
DEVBOX_REPLACES int old_fstat(int, int, struct stat*) __asm__("__fxstat");
DEVBOX_REPLACES int old_fstatat(int, int, const char*, struct stat*, int) __asm__("__fxstatat");

int old_stat(int version, const char* path, struct stat* file) {
  return is_known(version) ? stat(path, file) : -1;
}
int old_lstat(int version, const char* path, struct stat* file) {
  return is_known(version) ? lstat(path, file) : -1;
}
int old_fstat(int version, int fd, struct stat* file) {
  return is_known(version) ? fstat(fd, file) : -1;
}
int old_fstatat(int version, int directory, const char* path, struct stat* file, int flags) {
  return is_known(version) ? fstatat(directory, path, file, flags) : -1;
}

// struct stat64 is the same.
DEVBOX_REPLACES int stat64(const char*, struct stat*) __attribute__((alias("stat")));
DEVBOX_REPLACES int lstat64(const char*, struct stat*) __attribute__((alias("lstat")));
DEVBOX_REPLACES int fstat64(int, struct stat*) __attribute__((alias("fstat")));
DEVBOX_REPLACES int fstatat64(int, const char*, struct stat*, int)
    __attribute__((alias("fstatat")));
DEVBOX_REPLACES int old_stat64(int, const char*, struct stat*) __asm__("__xstat64")
    __attribute__((alias("__xstat")));
DEVBOX_REPLACES int old_lstat64(int, const char*, struct stat*) __asm__("__lxstat64")
    __attribute__((alias("__lxstat")));
DEVBOX_REPLACES int old_fstat64(int, int, struct stat*) __asm__("__fxstat64")
    __attribute__((alias("__fxstat")));
DEVBOX_REPLACES int old_fstatat64(int, int, const char*, struct stat*, int) __asm__("__fxstatat64")
    __attribute__((alias("__fxstatat")));

DEVBOX_REPLACES int statx(int directory, const char* path, int flags, unsigned mask,
                          struct statx* file) {
  const long value = raw(__NR_statx, directory, path, flags, mask, file);
  if (value == 0 && time_is_changed()) {
    Shown shown(file->stx_ctime.tv_sec, file->stx_ctime.tv_nsec);
    statx_timestamp* const times[] = {&file->stx_atime, &file->stx_btime, &file->stx_ctime,
                                      &file->stx_mtime};
    for (statx_timestamp* time : times) shown.change(time->tv_sec, time->tv_nsec);
  }
  return outcome(value);
}

}  // namespace devbox::surroundings
