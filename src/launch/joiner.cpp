// The pid namespace that a process enters is that of its children alone (setns(2)): hence the two
// processes. The second is the launcher's child too (CLONE_PARENT), which waits for it.
#include "launch/joiner.hpp"

#include <sched.h>
#include <signal.h>

#include <cerrno>

#include "init/protocol.hpp"
#include "kernel/decimal.hpp"
#include "kernel/raw.hpp"

namespace devbox::launch {
namespace {

using init::Message;
using init::Say;
using kernel::raw;
using kernel::Step;

constexpr int kEmptyPath = 0x1000;  // AT_EMPTY_PATH
constexpr int kNoSignal = 0x4000;   // MSG_NOSIGNAL

void say(const Joiner& joiner, Say what, Outcome outcome = {}) noexcept {
  const Message message{what, outcome.err, static_cast<int>(outcome.step), -1};
  raw(__NR_sendto, joiner.socket, &message, sizeof message, kNoSignal, nullptr, 0);
}

// The launcher sets what it can from outside, and only then does anything of the box run.
Outcome await_group(const Joiner& joiner) noexcept {
  say(joiner, Say::owner_ready);
  Message message{};
  const long n = raw(__NR_recvfrom, joiner.socket, &message, sizeof message, 0, nullptr, nullptr);
  const bool said = n == static_cast<long>(sizeof message) && message.say == Say::grouped;
  return {Step::handshake, said ? 0 : ECANCELED};
}

Outcome become_init(const Joiner& joiner) noexcept {
  if (joiner.waits) {
    if (const Outcome grouped = await_group(joiner); !grouped) return grouped;
  }
  if (const Outcome given = give_up(joiner.confinement); !given) return given;
  kernel::write_decimal(joiner.argv[init::kBoxSocket], joiner.socket);
  raw(__NR_fcntl, joiner.socket, 2 /* F_SETFD */, 0);
  return at(Step::exec_init, kernel::sys_done(raw(__NR_execveat, joiner.init, "", joiner.argv,
                                                  joiner.envp, kEmptyPath)));
}

[[noreturn]] __attribute__((noinline)) void supervise(const Joiner& joiner) noexcept {
  say(joiner, Say::failed, become_init(joiner));
  for (;;) raw(__NR_exit_group, 125);
}

Outcome enter(const Joiner& joiner) noexcept {
  int spaces =
      CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;
  if (joiner.own_network) spaces |= CLONE_NEWNET;
  return at(Step::join, kernel::sys_done(raw(__NR_setns, joiner.box, spaces)));
}

}  // namespace

int joiner_main(void* data) noexcept {
  const Joiner& joiner = *static_cast<const Joiner*>(data);
  raw(__NR_close, joiner.peer);
  if (const Outcome entered = enter(joiner); !entered) {
    say(joiner, Say::failed, entered);
    return 125;
  }
  // The new process runs on this stack below this frame while we are suspended, and never returns
  // from here. Its end signals the parent as ours does (clone(2), CLONE_PARENT).
  constexpr unsigned long kFlags = CLONE_VM | CLONE_VFORK | CLONE_PARENT | CLONE_PARENT_SETTID;
  const long pid = raw(__NR_clone, kFlags | SIGCHLD, 0, joiner.supervisor, 0, 0);
  if (pid == 0) supervise(joiner);
  // A pid namespace whose first process is gone has no room (ENOMEM; pid_namespaces(7)).
  if (pid < 0) say(joiner, Say::failed, at(Step::join, kernel::sys_done(pid)));
  return 0;
}

}  // namespace devbox::launch
