// The owner of one file descriptor. A plain int that is passed around is borrowed, never kept.
#pragma once

#include <unistd.h>

#include <cerrno>
#include <utility>

namespace devbox {

class Fd {
 public:
  Fd() noexcept = default;
  explicit Fd(int fd) noexcept : fd_(fd) {}  // -1, what a failed open(2) returns, owns nothing
  ~Fd() { reset(); }

  Fd(Fd&& other) noexcept : fd_(other.release()) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) reset(other.release());
    return *this;
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;

  explicit operator bool() const noexcept { return fd_ >= 0; }
  int get() const noexcept { return fd_; }  // borrowed; -1 where nothing is owned
  int release() noexcept { return std::exchange(fd_, -1); }

  // Closes what is owned and owns `fd`. errno stays what it was, so that a failure can be reported
  // after the descriptors of its scope are gone.
  //
  // close is not retried on EINTR: Linux frees the number before anything in close can be
  // interrupted, and by the time of a second call another thread may have been given it (close(2),
  // "Dealing with error returns from close()"). Whoever must know that the bytes arrived calls
  // fsync first.
  void reset(int fd = -1) noexcept {
    const int old = std::exchange(fd_, fd);
    if (old < 0) return;
    const int saved = errno;
    ::close(old);
    errno = saved;
  }

 private:
  int fd_ = -1;
};

}  // namespace devbox
