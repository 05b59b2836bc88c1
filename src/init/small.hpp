// What a program without libc needs: numbers from text, and system calls by name.
#pragma once

#include <asm/unistd.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>

#include "init/protocol.hpp"
#include "kernel/raw.hpp"

namespace devbox::init {

using kernel::raw;

struct Arguments {
  int argc;
  char** argv;
  char** envp;
};

// struct pollfd of ppoll(2).
struct Pollfd {
  int fd;
  short events;
  short revents;
};

// The three programs in this one; none returns.
[[noreturn]] void run_box(const Arguments& arguments) noexcept;
[[noreturn]] void run_wait(const Arguments& arguments) noexcept;
[[noreturn]] void run_relay(const Arguments& arguments) noexcept;

[[noreturn]] inline void leave(int status) noexcept {
  for (;;) raw(__NR_exit_group, status);
}

inline size_t length(const char* text) noexcept {
  size_t n = 0;
  while (text[n] != '\0') ++n;
  return n;
}

// A decimal number, perhaps negative. The launcher wrote it: there is nothing to check.
inline int number(const char* text) noexcept {
  const bool negative = *text == '-';
  int value = 0;
  for (const char* p = negative ? text + 1 : text; *p >= '0' && *p <= '9'; ++p)
    value = value * 10 + (*p - '0');
  return negative ? -value : value;
}

// The decimal number at `p`, which then stands behind it and the character that follows.
inline uint64_t take_number(const char*& p) noexcept {
  uint64_t value = 0;
  while (*p >= '0' && *p <= '9') value = value * 10 + static_cast<uint64_t>(*p++ - '0');
  if (*p != '\0') ++p;
  return value;
}

inline unsigned hex_digit(char c) noexcept {
  return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10);
}

inline uint64_t mask(const char* text) noexcept {
  uint64_t value = 0;
  for (const char* p = text; *p != '\0'; ++p) value = value << 4U | hex_digit(*p);
  return value;
}

inline constexpr uint64_t kAllSignals = ~uint64_t{0};

inline uint64_t signal_bit(int signal) noexcept { return uint64_t{1} << (signal - 1); }

// rt_sigprocmask(2), SIG_SETMASK; the kernel's set has 64 bits.
inline void set_mask(uint64_t blocked) noexcept {
  raw(__NR_rt_sigprocmask, 2, &blocked, nullptr, sizeof blocked);
}

inline void send(int socket, const Message& message) noexcept {
  constexpr int kNoSignal = 0x4000;  // MSG_NOSIGNAL: the other side may be gone
  raw(__NR_sendto, socket, &message, sizeof message, kNoSignal, nullptr, 0);
}

// True where a whole message arrived; false at the end of the connection.
inline bool receive(int socket, Message& message) noexcept {
  long n = 0;
  do {
    n = raw(__NR_recvfrom, socket, &message, sizeof message, 0, nullptr, nullptr);
    // -ECONNRESET: the other is gone and has left a word of ours unread. What it said before is
    // there still, and comes next.
  } while (n == -EINTR || n == -ECONNRESET);
  return n == static_cast<long>(sizeof message);
}

// The foreground process group of `tty`, as this pid namespace numbers it: 0 where the group is not
// of this namespace, negative where this is not our controlling terminal (ioctl_tty(2), TIOCGPGRP).
inline int foreground_group(int tty) noexcept {
  if (tty < 0) return -1;
  int group = 0;
  const long result = raw(__NR_ioctl, tty, 0x540F, &group);
  return result < 0 ? static_cast<int>(result) : group;
}

// Our SIGTTOU is blocked, so that a background process may do this (ioctl_tty(2), TIOCSPGRP).
inline void set_foreground_group(int tty, int group) noexcept {
  raw(__NR_ioctl, tty, 0x5410, &group);
}

// Closes the descriptors of "3,7"; none of "-".
inline void close_listed(const char* list) noexcept {
  for (const char* p = list; *p >= '0' && *p <= '9';) {
    raw(__NR_close, number(p));
    while (*p >= '0' && *p <= '9') ++p;
    if (*p == ',') ++p;
  }
}

// A copy of `fd` above the standard descriptors, closed by exec; -1 where `fd` is.
inline int keep(int fd) noexcept {
  constexpr int kDupCloexec = 1030;  // fcntl(2), F_DUPFD_CLOEXEC
  return fd < 0 ? -1 : static_cast<int>(raw(__NR_fcntl, fd, kDupCloexec, 3));
}

}  // namespace devbox::init
