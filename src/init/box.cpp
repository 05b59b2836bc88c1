// Pid 1 of a box: starts the command, reaps, passes on signals, and ends the box when its last
// owner goes.

#include <asm/errno.h>
#include <asm/poll.h>
#include <asm/signal.h>

#include "init/command.hpp"
#include "init/small.hpp"

namespace devbox::init {
namespace {

struct Box {
  int socket;
  int owner;
  int boxes;
  const char* name;
  int tty;
  int command;  // its pid
  bool holds;   // until the counters of its control group are read
};

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

// wait(2): the status word as WIFSTOPPED and its kin read it.
void reap(const Box& box) noexcept {
  for (;;) {
    int status = 0;
    constexpr int kFlags = 1 | 2 | 0x40000000;  // WNOHANG | WUNTRACED | __WALL
    const long pid = raw(__NR_wait4, -1, &status, kFlags, nullptr);
    if (pid <= 0) return;
    if (pid != box.command) continue;
    const int inside = terminal_is_inside(box);
    if ((status & 0xff) == 0x7f) {
      send(box.socket, {Say::stopped, status >> 8 & 0xff, 0, inside});
    } else if ((status & 0x7f) == 0) {
      finish(box, {Say::exited, status >> 8 & 0xff, 0, inside});
    } else {
      finish(box, {Say::killed, status & 0x7f, 0, inside});
    }
  }
}

void obey(const Box& box, const Message& message) noexcept {
  if (message.say == Say::signal) raw(__NR_kill, box.command, message.value);
  if (message.say == Say::signal_group) raw(__NR_kill, -box.command, message.value);
  if (message.say == Say::resume) {
    if (message.value != 0 && box.tty >= 0) set_foreground_group(box.tty, box.command);
    raw(__NR_kill, -box.command, SIGCONT);
  }
}

// The terminal stays at hand; what the command was given does not: a reader of its output must see
// the end when the command closes it, not when the box ends. `passed` is "3,7", or "-".
int give_up_streams(int tty, const char* passed) noexcept {
  const int kept = keep(tty);
  for (int fd = 0; fd <= 2; ++fd) raw(__NR_close, fd);
  close_listed(passed);
  return kept;
}

[[noreturn]] void watch(Box& box) noexcept {
  uint64_t child = signal_bit(SIGCHLD);
  constexpr int kCloexecNonblock = 02000000 | 04000;
  const int signals =
      static_cast<int>(raw(__NR_signalfd4, -1, &child, sizeof child, kCloexecNonblock));
  Pollfd fds[] = {{box.owner, 0, 0}, {box.socket, POLLIN, 0}, {signals, POLLIN, 0}};
  for (;;) {
    reap(box);
    raw(__NR_ppoll, fds, 3, nullptr, nullptr, 0);
    if (fds[0].revents != 0) end(box);  // POLLHUP: the last write end is closed
    if (fds[1].revents != 0) {
      Message message{};
      if (receive(box.socket, message)) {
        obey(box, message);
      } else {
        fds[1].fd = -1;  // the launcher is gone; the FIFO says whether anyone else is left
      }
    }
    if (fds[2].revents != 0) {
      static char info[128];
      raw(__NR_read, signals, info, sizeof info);
    }
  }
}

}  // namespace

void run_box(const Arguments& arguments) noexcept {
  hide();
  char** argv = arguments.argv;
  raw(__NR_setpgid, 0, 0);  // a signal to the launcher's group is the waiter's to pass on
  Box box{number(argv[kBoxSocket]),    number(argv[kBoxOwner]),
          number(argv[kBoxBoxes]),     argv[kBoxName],
          number(argv[kBoxTty]),       0,
          number(argv[kBoxHolds]) != 0};
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
