// Times of files, as utimensat(2) and its elders set them.
#include "surroundings/loaded.hpp"
#include "surroundings/now.hpp"

namespace devbox::surroundings {
namespace {

// struct utimbuf of utime(2).
struct Utimbuf {
  long access, modification;
};

// UTIME_NOW and UTIME_OMIT, too, are no fraction of a second; the kernel judges them.
timespec stored(const timespec& time, int64_t now) {
  return fits(time) ? timespec_of(stored_for(loaded().time, nanoseconds(time), now)) : time;
}

int set_times(int directory, const char* path, const timespec* times, int flags) {
  if (times == nullptr || !time_is_changed())
    return outcome(raw(__NR_utimensat, directory, path, times, flags));
  const int64_t now = real_now();
  const timespec changed[2] = {stored(times[0], now), stored(times[1], now)};
  return outcome(raw(__NR_utimensat, directory, path, &changed[0], flags));
}

int set_times(int directory, const char* path, const timeval* times, int flags) {
  timespec exact[2]{};
  for (int i = 0; times != nullptr && i < 2; ++i) {
    if (times[i].tv_usec < 0 || times[i].tv_usec >= 1'000'000) return outcome(-EINVAL);
    exact[i] = {times[i].tv_sec, times[i].tv_usec * 1000};
  }
  return set_times(directory, path, times == nullptr ? nullptr : &exact[0], flags);
}

}  // namespace

DEVBOX_REPLACES int utimensat(int directory, const char* path, const timespec* times, int flags) {
  if (path == nullptr) return outcome(-EINVAL);  // the kernel would take it for futimens
  return set_times(directory, path, times, flags);
}
DEVBOX_REPLACES int futimens(int fd, const timespec* times) {
  return fd < 0 ? outcome(-EBADF) : set_times(fd, nullptr, times, 0);
}
DEVBOX_REPLACES int utimes(const char* path, const timeval* times) {
  return path == nullptr ? outcome(-EFAULT) : set_times(kWorkingDirectory, path, times, 0);
}
DEVBOX_REPLACES int lutimes(const char* path, const timeval* times) {
  return path == nullptr ? outcome(-EFAULT)
                         : set_times(kWorkingDirectory, path, times, kNotFollowed);
}
DEVBOX_REPLACES int futimes(int fd, const timeval* times) {
  return fd < 0 ? outcome(-EBADF) : set_times(fd, nullptr, times, 0);
}
DEVBOX_REPLACES int futimesat(int directory, const char* path, const timeval* times) {
  return set_times(directory, path, times, 0);
}
DEVBOX_REPLACES int utime(const char* path, const Utimbuf* times) {
  if (path == nullptr) return outcome(-EFAULT);
  if (times == nullptr)
    return set_times(kWorkingDirectory, path, static_cast<const timespec*>(nullptr), 0);
  const timespec exact[2] = {{times->access, 0}, {times->modification, 0}};
  return set_times(kWorkingDirectory, path, &exact[0], 0);
}

}  // namespace devbox::surroundings
