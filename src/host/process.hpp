// Child processes: a pipe to one, and how one ended.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include "util/fd.hpp"

namespace devbox::host {

struct Pipe {
  Fd read, write;  // both close-on-exec
};

Pipe make_pipe();  // throws Error

// Lets a pipe that much passes through hold a mebibyte, where the user's pipes may hold that
// (pipe(7), pipe-user-pages-soft): sixteen times fewer waits of one end for the other.
void widen(const Pipe& pipe);

// Waits for a child's end: its exit status; 128 and the signal where one ended it. Throws Error
// where the kernel does not know.
int wait_status(pid_t pid);

// A child process, killed and waited for at the end where nobody has waited.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  int wait();  // as wait_status; once

 private:
  pid_t pid_;
};

// While it lives, the kernel keeps the status of children that end, even where this process was
// started with SIGCHLD ignored (waitpid(2), NOTES).
class KeepStatus {
 public:
  KeepStatus();
  ~KeepStatus();
  KeepStatus(const KeepStatus&) = delete;
  KeepStatus& operator=(const KeepStatus&) = delete;

 private:
  struct sigaction before_ {};
};

}  // namespace devbox::host
