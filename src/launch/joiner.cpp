// The pid namespace that a process enters is that of its children alone (setns(2)): hence the two
// processes. The second is the launcher's child too (CLONE_PARENT), which waits for it.
#include "launch/joiner.hpp"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>

#include "init/protocol.hpp"
#include "kernel/decimal.hpp"
#include "kernel/mount.hpp"
#include "kernel/raw.hpp"

namespace devbox::launch {
namespace {

using init::Message;
using init::Say;
using kernel::raw;
using kernel::Step;
using kernel::Sys;

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

// A clone that shares our memory while we are suspended needs a stack of its own: ours has what is
// to come back to. One is enough, as the one process is gone before the other begins.
pid_t run_suspended(int (*function)(void*), int flags, void* data, pid_t* number) noexcept {
  static std::array<char, 32 * 1024> stack;
  return ::clone(function, stack.data() + stack.size(), flags | CLONE_VM | CLONE_VFORK | SIGCHLD,
                 data, number);
}

struct Terminal {
  const char* path = nullptr;
  int mount = -1;
};

// In a user and mount namespace of its own, where a mount of the host can be copied, and with our
// descriptors, among which the copy stays.
int copy_terminal(void* data) noexcept {
  auto* terminal = static_cast<Terminal*>(data);
  const Sys<int> copy = kernel::clone_tree(AT_FDCWD, terminal->path, kernel::Depth::recursive);
  if (copy) terminal->mount = copy.value;
  for (;;) raw(__NR_exit_group, 0);
}

// Of memory that is hidden, the files of its process are not its own to write. No process of the
// box sees us yet.
void set_oom_score(int score) noexcept {
  std::array<char, 12> text{};
  const char* end = kernel::write_decimal(text.data(), score);
  raw(__NR_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0);
  const long file = raw(__NR_openat, AT_FDCWD, "/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (file >= 0) raw(__NR_write, file, text.data(), end - text.data());
  raw(__NR_close, file);
  raw(__NR_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
}

// The file of the caller's terminal, as a mount that is nowhere yet; -1 where it cannot be had.
int terminal_mount(const char* path) noexcept {
  if (path == nullptr) return -1;
  Terminal terminal{path};
  const pid_t pid =
      run_suspended(copy_terminal, CLONE_FILES | CLONE_NEWUSER | CLONE_NEWNS, &terminal, nullptr);
  if (pid > 0) raw(__NR_wait4, pid, nullptr, 0x40000000 /* __WALL */, nullptr);
  return terminal.mount;
}

// A box that was started without a terminal has no such name. Its /dev, a tmpfs of its own, is
// mounted read-only; a copy of that mount, which nobody else has, is not, where the kernel can do
// that (5.12). The others see an empty file of mode 0.
void make_console() noexcept {
  const Sys<int> copy = kernel::clone_tree(AT_FDCWD, "/dev", kernel::Depth::recursive);
  if (!copy) return;
  if (kernel::clear_attributes(copy.value, kernel::kReadOnly))
    raw(__NR_mknodat, copy.value, "console", S_IFREG, 0);
  raw(__NR_close, copy.value);
}

// A terminal that joins is /dev/console to what runs in it, and to nothing else: without a name for
// it, tty(1), tmux and pinentry say that there is none. What else is mounted is the box's. Where
// the terminal has no name on the host, there is nothing to show.
void show_terminal(int mount) noexcept {
  if (mount < 0 || raw(__NR_unshare, CLONE_NEWNS) < 0) return;
  constexpr int kPlace = O_PATH | O_NOFOLLOW | O_CLOEXEC;
  long place = raw(__NR_openat, AT_FDCWD, "/dev/console", kPlace);
  if (place == -ENOENT) {
    make_console();
    place = raw(__NR_openat, AT_FDCWD, "/dev/console", kPlace);
  }
  if (place >= 0) static_cast<void>(kernel::attach(mount, static_cast<int>(place), ""));
}

// With the box's own rights. What it does not let be written is not there: a shell starts without.
void bring(const BroughtFile& file) noexcept {
  constexpr int kNew = O_WRONLY | O_CREAT | O_EXCL | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC;
  raw(__NR_unlinkat, AT_FDCWD, file.part, 0);  // whatever the box has put there
  raw(__NR_mkdirat, AT_FDCWD, file.above, 0755);
  raw(__NR_mkdirat, AT_FDCWD, file.directory, 0755);
  const long fd = raw(__NR_openat, AT_FDCWD, file.part, kNew, 0644);
  if (fd < 0) return;
  const long written = raw(__NR_write, fd, file.text, file.size);
  raw(__NR_close, fd);
  const bool whole = written == static_cast<long>(file.size);
  if (whole) raw(__NR_renameat2, AT_FDCWD, file.part, AT_FDCWD, file.path, 0);
}

Outcome become_init(const Joiner& joiner, int terminal) noexcept {
  if (joiner.waits) {
    if (const Outcome grouped = await_group(joiner); !grouped) return grouped;
  }
  show_terminal(terminal);
  if (const Outcome given = give_up(joiner.confinement); !given) return given;
  for (int i = 0; i < joiner.brought_count; ++i) bring(joiner.brought[i]);
  raw(__NR_prctl, PR_SET_PDEATHSIG, 0, 0, 0, 0);  // devbox-init ends its command in order
  kernel::write_decimal(joiner.argv[init::kBoxSocket], joiner.socket);
  raw(__NR_fcntl, joiner.socket, 2 /* F_SETFD */, 0);
  return at(Step::exec_init, kernel::sys_done(raw(__NR_execveat, joiner.init, "", joiner.argv,
                                                  joiner.envp, kEmptyPath)));
}

struct Supervisor {
  const Joiner& joiner;
  int terminal;
};

// The launcher's end is ours too, as long as it alone has the box's ear.
void die_with_launcher() noexcept { raw(__NR_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); }

int supervise(void* data) noexcept {
  die_with_launcher();
  const auto* supervisor = static_cast<const Supervisor*>(data);
  say(supervisor->joiner, Say::failed, become_init(supervisor->joiner, supervisor->terminal));
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
  raw(__NR_close, joiner.owner);
  die_with_launcher();
  if (joiner.oom_score_adj != nullptr) set_oom_score(*joiner.oom_score_adj);
  const int terminal = terminal_mount(joiner.terminal);
  if (const Outcome entered = enter(joiner); !entered) {
    say(joiner, Say::failed, entered);
    return 125;
  }
  // Its end signals the parent as ours does (clone(2), CLONE_PARENT).
  Supervisor supervisor{joiner, terminal};
  const pid_t pid =
      run_suspended(supervise, CLONE_PARENT | CLONE_PARENT_SETTID, &supervisor, joiner.supervisor);
  // A pid namespace whose first process is gone has no room (ENOMEM; pid_namespaces(7)).
  if (pid < 0) say(joiner, Say::failed, {Step::join, errno});
  return 0;
}

}  // namespace devbox::launch
