#include "commands/lsp.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <string>
#include <string_view>

#include "editor/first_message.hpp"
#include "host/cannot.hpp"
#include "host/probe.hpp"
#include "launch/launch.hpp"
#include "util/fd.hpp"

namespace devbox::commands {
namespace {

constexpr std::size_t kBlock = std::size_t{64} << 10U;

// Owns nothing on Linux 5.2, which has none, and where there is no such process.
Fd pidfd(pid_t pid) { return Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))); }

// An editor that has process ids of its own, in a container, gives a number that is nobody's here,
// or by chance somebody else's.
Fd watched_editor(pid_t pid) {
  struct stat status {};
  Fd editor = pidfd(pid);
  const bool is_ours =
      ::stat(fmt::format("/proc/{}", pid).c_str(), &status) == 0 && status.st_uid == ::getuid();
  return is_ours ? std::move(editor) : Fd();
}

// At least the first message, where it comes; what came, where it does not: the input ends, the
// server reads no more, or `starter` is gone.
std::string read_first(int starter) {
  std::string read;
  for (;;) {
    const std::size_t lacks = editor::lacking(read);
    if (lacks == 0) return read;
    std::array<struct pollfd, 3> fds{
        {{STDIN_FILENO, POLLIN, 0}, {STDOUT_FILENO, 0, 0}, {starter, POLLIN, 0}}};
    if (::poll(fds.data(), fds.size(), -1) < 0 && errno != EINTR)
      throw host::cannot("wait for", "the editor", errno);
    if (fds[1].revents != 0) return read;
    if (fds[0].revents == 0) {
      if (fds[2].revents != 0) return read;
      continue;
    }
    const std::size_t size = read.size();
    read.resize(size + std::max(std::min(lacks, kBlock), kBlock));
    const ssize_t n = ::read(STDIN_FILENO, read.data() + size, read.size() - size);
    read.resize(size + static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) return read;
  }
}

Fd file_of(std::string_view bytes) {
  Fd file(::memfd_create("devbox-first-message", 0));
  if (!file) throw host::cannot("allocate memory for", "a message", errno);
  for (std::string_view rest = bytes; !rest.empty();) {
    const ssize_t n = ::write(file.get(), rest.data(), rest.size());
    if (n < 0 && errno != EINTR) throw host::cannot("allocate memory for", "a message", errno);
    rest.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
  }
  ::lseek(file.get(), 0, SEEK_SET);
  return file;
}

void pass_exec(const Fd& fd) {
  if (fd) ::fcntl(fd.get(), F_SETFD, 0);
}

// init/protocol.hpp, kRelayWaiter and after.
[[noreturn]] void relay(pid_t waiter, pid_t starter_pid) {
  const std::string init = host::installation().init;
  const Fd starter = starter_pid > 1 ? pidfd(starter_pid) : Fd();
  editor::Opening first = editor::without_process_id(read_first(starter.get()));
  const Fd file = file_of(first.bytes);
  const Fd editor = first.editor ? watched_editor(*first.editor) : Fd();
  for (const Fd* fd : {&file, &editor, &starter}) pass_exec(*fd);
  std::array<std::string, 6> words{"devbox-init",
                                   init::kRelayRole,
                                   std::to_string(waiter),
                                   std::to_string(file.get()),
                                   std::to_string(editor.get()),
                                   std::to_string(starter.get())};
  std::array<char*, 7> argv{};
  std::transform(words.begin(), words.end(), argv.begin(),
                 [](std::string& word) { return word.data(); });
  char* no_environment[] = {nullptr};
  const Fd said(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3));
  ::close(STDERR_FILENO);
  ::execve(init.c_str(), argv.data(), no_environment);
  const int err = errno;
  if (said) ::dup2(said.get(), STDERR_FILENO);
  throw host::cannot("run", init, err);
}

// Signals are the waiter's to pass on; a key of the terminal must not take the relay from a server
// that goes on. The waiter's death is ours (prctl(2), PR_SET_PDEATHSIG).
[[noreturn]] void become_relay(pid_t waiter, pid_t starter, Fd to) {
  sigset_t all;
  ::sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, nullptr);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != waiter) ::_exit(0);
  try {
    // Nobody waits for the end of a stream that we have no use for.
    if (::dup2(to.get(), STDOUT_FILENO) < 0) throw host::cannot("set up", "the relay", errno);
    to.reset();
    launch::close_inherited({});
    relay(waiter, starter);
  } catch (const Error& error) {
    std::fputs(fmt::format("devbox: {}\n", error.message()).c_str(), stderr);
    ::_exit(1);  // the server finds its input at its end
  }
}

}  // namespace

void relay_messages() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) < 0) throw host::cannot("make", "a pipe", errno);
  Fd from(ends[0]);
  Fd to(ends[1]);
  ::fcntl(to.get(), F_SETFL, O_NONBLOCK);
  const pid_t waiter = ::getpid();
  const pid_t starter = ::getppid();
  const pid_t pid = ::fork();
  if (pid < 0) throw host::cannot("start", "a process", errno);
  if (pid == 0) become_relay(waiter, starter, std::move(to));
  if (::dup2(from.get(), STDIN_FILENO) < 0) throw host::cannot("set up", "the relay", errno);
}

}  // namespace devbox::commands
