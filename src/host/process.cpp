#include "host/process.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "host/cannot.hpp"

namespace devbox::host {

Pipe make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) < 0) throw cannot("make", "a pipe", errno);
  return {Fd(ends[0]), Fd(ends[1])};
}

void widen(const Pipe& pipe) { ::fcntl(pipe.write.get(), F_SETPIPE_SZ, 1 << 20); }

int wait_status(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) throw cannot("wait for", "a process", errno);
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

Child::~Child() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

int Child::wait() { return wait_status(std::exchange(pid_, -1)); }

// Neither can fail: the signal is one that may be handled.
KeepStatus::KeepStatus() {
  struct sigaction usual {};
  usual.sa_handler = SIG_DFL;
  ::sigaction(SIGCHLD, &usual, &before_);
}

KeepStatus::~KeepStatus() { ::sigaction(SIGCHLD, &before_, nullptr); }

}  // namespace devbox::host
