#include "commands/needed_box.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <optional>

#include "host/cannot.hpp"
#include "host/process.hpp"
#include "util/fd.hpp"

namespace devbox::commands {
namespace {

constexpr int kEnding[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};
constexpr int kOthers[] = {SIGUSR1, SIGUSR2};

bool is_ignored(int signal) {
  struct sigaction action {};
  ::sigaction(signal, nullptr, &action);
  return action.sa_handler == SIG_IGN;
}

// While it lives, these signals wait for wait(); not those that stop, which stop us too, but for
// the terminal's key. That one the waiter passes on, and stops our group when the command has
// stopped: if we stopped before, the shell could continue us before that, and we were stopped once
// more.
class Held {
 public:
  Held() {
    ::sigemptyset(&signals_);
    ::sigaddset(&signals_, SIGCHLD);
    for (const int signal : kEnding) add(signal);
    for (const int signal : kOthers) add(signal);
    add(SIGTSTP);
    ::sigprocmask(SIG_BLOCK, &signals_, &before_);
  }
  ~Held() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

  Ending wait(pid_t child) {
    int came = 0;
    for (;;) {
      int status = 0;
      const pid_t done = ::waitpid(child, &status, WNOHANG);
      if (done < 0) throw host::cannot("wait for", "a box", errno);
      if (done == child) return outcome_of(status, came);
      siginfo_t info{};
      const int signal = ::sigwaitinfo(&signals_, &info);
      if (signal <= 0 || signal == SIGCHLD) continue;
      if (signal == SIGTSTP) {
        if (info.si_code != SI_KERNEL) ::raise(SIGSTOP);
        continue;
      }
      if (signal != SIGUSR1 && signal != SIGUSR2) came = signal;
      // A key at the terminal reaches the box's waiter too, which is in our process group.
      if (info.si_code != SI_KERNEL) ::kill(child, signal);
    }
  }

 private:
  // Where a caller ignores one, it comes to nobody.
  void add(int signal) {
    if (!is_ignored(signal)) ::sigaddset(&signals_, signal);
  }

  // A command that died of a key at the terminal takes its waiter with it, and us.
  static Ending outcome_of(int status, int came) {
    if (WIFEXITED(status)) {
      const int code = WEXITSTATUS(status);
      return {code, code == 0 ? came : 0};
    }
    const int signal = WTERMSIG(status);
    const bool is_key = signal == SIGINT || signal == SIGQUIT;
    return {128 + signal, is_key ? signal : 0};
  }

  sigset_t signals_{};
  sigset_t before_{};
};

// What the task that was asked for reads and writes is its own.
void take_streams() {
  const Fd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!nothing) throw host::cannot("open", "/dev/null", errno);
  if (::dup2(nothing.get(), STDIN_FILENO) < 0 || ::dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
    throw host::cannot("set up", "the streams of a task", errno);
}

// Against kill -9 of the one that waits. The waiter, which this process becomes, keeps it
// (prctl(2), PR_SET_PDEATHSIG), and with the waiter the box ends.
void end_with(pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::raise(SIGKILL);
}

}  // namespace

Ending run_needed(const std::function<void()>& start) {
  std::optional<host::KeepStatus> keep(std::in_place);
  std::optional<Held> held(std::in_place);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) throw host::cannot("start", "a process", errno);
  if (pid > 0) return held->wait(pid);
  held.reset();
  keep.reset();
  end_with(parent);
  take_streams();
  start();
  return {};
}

int die_of(int signal) {
  ::prctl(PR_SET_DUMPABLE, 0);
  ::raise(signal);
  return 128 + signal;
}

}  // namespace devbox::commands
