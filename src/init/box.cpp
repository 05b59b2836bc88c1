// Pid 1 of a box: starts the command, reaps, passes on signals, and ends the box when its last
// owner goes. And what supervises a command that joined a box: the same for that command alone.

#include <asm/errno.h>
#include <asm/poll.h>
#include <asm/signal.h>

#include "init/command.hpp"
#include "init/small.hpp"

namespace devbox::init {
namespace {

enum class Role { first_process, supervisor };

struct Box {
  Role role;
  int socket;
  int owner;
  int boxes;
  int keep;
  const char* name;
  int tty;
  int command;   // its pid; 0: it has ended, and the box goes on
  bool holds;    // until the counters of its control group are read
  bool shared;   // somebody has joined: the command's end need not be the box's
  int asked;     // how often it was asked to end
  bool hung_up;  // the launcher is gone, and the command has been told
};

constexpr int kUntilKilled = 1;  // seconds between the end of a launcher and that of its command
constexpr int kNoWait = 1;       // WNOHANG

// prctl(2), PR_SET_DUMPABLE: off, nothing in the box may open our memory, descriptors or binary.
void hide() noexcept { raw(__NR_prctl, 4, 0, 0, 0, 0); }

// The entry under which joiners would find the box goes with it, by whatever end.
void forget(const Box& box) noexcept {
  if (box.boxes >= 0) raw(__NR_unlinkat, box.boxes, box.name, 0);
}

// Everything else in the box dies and is reaped first. The kernel would kill it too, but after it
// has closed our descriptors, and one of these may be the lock of what the box still writes to.
void end_others() noexcept {
  raw(__NR_kill, -1, SIGKILL);
  while (raw(__NR_wait4, -1, nullptr, 0x40000000 /* __WALL */, nullptr) != -ECHILD) {
  }
}

[[noreturn]] void end(const Box& box) noexcept {
  end_others();
  forget(box);
  leave(0);
}

int terminal_is_inside(const Box& box) noexcept { return foreground_group(box.tty) > 0 ? 1 : 0; }

// Everything else in the box is dead and reaped before the launcher hears of the end: whoever waits
// for devbox finds no process that still writes to the workspace.
[[noreturn]] void finish(const Box& box, Message last) noexcept {
  end_others();
  forget(box);
  send(box.socket, last);
  Message message{};
  while (box.holds && receive(box.socket, message) && message.say != Say::counted) {
  }
  leave(0);
}

// Who joins writes a byte.
void hear_joiners(Box& box) noexcept {
  static char bytes[64];
  if (raw(__NR_read, box.owner, bytes, sizeof bytes) > 0) box.shared = true;
}

void command_ended(Box& box, Message last) noexcept {
  box.command = 0;
  if (box.role == Role::supervisor) {
    last.step = kBoxMayLive;
    send(box.socket, last);
    leave(0);
  }
  hear_joiners(box);
  if (!box.shared && box.keep < 0) finish(box, last);
  last.step = kBoxMayLive;
  send(box.socket, last);
}

// wait(2): the status word as WIFSTOPPED and its kin read it.
void reap(Box& box) noexcept {
  for (;;) {
    int status = 0;
    constexpr int kFlags = kNoWait | 2 | 0x40000000;  // WUNTRACED | __WALL
    const long pid = raw(__NR_wait4, -1, &status, kFlags, nullptr);
    if (pid <= 0) return;
    if (pid != box.command) continue;
    const int inside = terminal_is_inside(box);
    if ((status & 0xff) == 0x7f) {
      send(box.socket, {Say::stopped, status >> 8 & 0xff, 0, inside});
    } else if ((status & 0x7f) == 0) {
      command_ended(box, {Say::exited, status >> 8 & 0xff, 0, inside});
    } else {
      command_ended(box, {Say::killed, status & 0x7f, 0, inside});
    }
  }
}

void obey(const Box& box, const Message& message) noexcept {
  if (box.command == 0) return;
  if (message.say == Say::signal) raw(__NR_kill, box.command, message.value);
  if (message.say == Say::signal_group) raw(__NR_kill, -box.command, message.value);
  if (message.say == Say::resume) {
    if (message.value != 0 && box.tty >= 0) set_foreground_group(box.tty, box.command);
    raw(__NR_kill, -box.command, SIGCONT);
  }
}

// The launcher was killed, and others own the box: its command is told as a terminal that is closed
// tells it, so that a shell ends its jobs, and is killed a second later.
void hang_up(Box& box) noexcept {
  if (box.command == 0) return;
  raw(__NR_kill, -box.command, box.hung_up ? SIGKILL : SIGHUP);
  raw(__NR_kill, -box.command, SIGCONT);
  if (box.hung_up) raw(__NR_kill, box.command, SIGKILL);
  box.hung_up = true;
}

// struct signalfd_siginfo (signalfd(2)) as far as it is read.
struct Info {
  uint32_t number;
  int32_t err;
  int32_t code;
  uint32_t pid;
  uint32_t rest[28];
};
static_assert(sizeof(Info) == 128);

// `devbox stop` asks by SIGTERM: first for all to end, then as a terminal that is closed, because
// an interactive shell hears nothing else, and then without patience. One from inside has a sender
// there, and a sender that is invented another code (rt_sigqueueinfo(2)).
void hear_signal(Box& box, const Info& info) noexcept {
  constexpr int kByKill = 0;  // SI_USER (sigaction(2))
  if (info.number != SIGTERM || info.pid != 0 || info.code != kByKill) return;
  constexpr int kSignals[] = {SIGTERM, SIGHUP};
  if (box.asked < 2) {
    raw(__NR_kill, -1, kSignals[box.asked++]);
    raw(__NR_kill, -1, SIGCONT);
    return;
  }
  if (box.command != 0) finish(box, {Say::killed, SIGKILL, 0, terminal_is_inside(box)});
  end(box);
}

bool is_empty() noexcept { return raw(__NR_kill, -1, 0) == -ESRCH; }

// The terminal stays at hand; what the command was given does not: a reader of its output must see
// the end when the command closes it, not when the box ends. `passed` is "3,7", or "-".
int give_up_streams(int tty, const char* passed) noexcept {
  const int kept = keep(tty);
  for (int fd = 0; fd <= 2; ++fd) raw(__NR_close, fd);
  close_listed(passed);
  return kept;
}

// False where the launcher is gone; the FIFO says whether anyone else is left.
bool hear_launcher(Box& box) noexcept {
  Message message{};
  if (receive(box.socket, message)) {
    obey(box, message);
    return true;
  }
  hang_up(box);
  return false;
}

void hear_signals(Box& box, int signals) noexcept {
  static Info info;
  if (raw(__NR_read, signals, &info, sizeof info) == sizeof info) hear_signal(box, info);
}

[[noreturn]] void watch(Box& box) noexcept {
  uint64_t heard = signal_bit(SIGCHLD);
  if (box.role == Role::first_process) heard |= signal_bit(SIGTERM);
  constexpr int kCloexecNonblock = 02000000 | 04000;
  const int signals =
      static_cast<int>(raw(__NR_signalfd4, -1, &heard, sizeof heard, kCloexecNonblock));
  Pollfd fds[] = {{box.owner, POLLIN, 0}, {box.socket, POLLIN, 0}, {signals, POLLIN, 0}};
  for (;;) {
    reap(box);
    if (box.asked != 0 && box.command == 0 && is_empty()) end(box);
    const bool waits = box.hung_up && box.command != 0;
    const long second[2] = {kUntilKilled, 0};
    const long ready = raw(__NR_ppoll, fds, 3, waits ? second : nullptr, nullptr, 0);
    if (ready == 0) hang_up(box);
    if (ready <= 0) continue;
    if ((fds[0].revents & POLLHUP) != 0) end(box);  // the last write end is closed
    if (fds[0].revents != 0) hear_joiners(box);
    if (fds[1].revents != 0 && !hear_launcher(box)) fds[1].fd = -1;
    if (fds[2].revents != 0) hear_signals(box, signals);
  }
}

}  // namespace

void run_box(const Arguments& arguments) noexcept {
  hide();
  char** argv = arguments.argv;
  raw(__NR_setpgid, 0, 0);  // a signal to the launcher's group is the waiter's to pass on
  Box box{};
  box.role = argv[kRole][0] == kJoinRole[0] ? Role::supervisor : Role::first_process;
  box.socket = number(argv[kBoxSocket]);
  box.owner = number(argv[kBoxOwner]);
  box.boxes = number(argv[kBoxBoxes]);
  box.keep = number(argv[kBoxKeep]);
  box.name = argv[kBoxName];
  box.tty = number(argv[kBoxTty]);
  box.holds = number(argv[kBoxHolds]) != 0;
  Command command{argv,
                  arguments.envp,
                  number(argv[kBoxForeground]) != 0 ? box.tty : -1,
                  mask(argv[kBoxMask]),
                  0,
                  0,
                  0};
  box.command = start(command);
  if (box.command < 0) {
    forget(box);
    if (terminal_is_inside(box) != 0) command.index |= 2;
    send(box.socket, {Say::failed, command.err, command.step, command.index});
    leave(0);
  }
  box.tty = give_up_streams(box.tty, argv[kBoxPass]);
  send(box.socket, {Say::started, box.command, 0, 0});
  watch(box);
}

}  // namespace devbox::init
