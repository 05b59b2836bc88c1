// The waiter: what the launcher becomes once the command runs. It passes signals on, keeps the
// terminal in order, and ends as the command ended.

#include <asm/errno.h>
#include <asm/ioctls.h>
#include <asm/poll.h>
#include <asm/signal.h>

#include "init/small.hpp"
#include "kernel/decimal.hpp"

namespace devbox::init {
namespace {

// struct signalfd_siginfo (signalfd(2)) as far as it is read.
struct SignalInfo {
  uint32_t number;
  int32_t err;
  int32_t code;
  uint32_t rest[29];
};
static_assert(sizeof(SignalInfo) == 128);

constexpr char kLost[] = "lost";         // pid 1 went without a word
constexpr int kWorkingDirectory = -100;  // AT_FDCWD
constexpr int kFromKernel = 0x80;  // SI_KERNEL (sigaction(2)): a key at the terminal, not a kill(2)

// The kernel's struct termios of TCGETS: 36 bytes on every architecture that devbox knows.
struct Modes {
  unsigned char bytes[36];
  bool known;
};

struct Waiter {
  int socket;
  int child;  // pid 1, or what supervises a command that joined, as we number it
  int owner;  // the write end of the FIFO
  int box;    // a pidfd of pid 1 where that is not our child; -1: it is
  int boxes;
  const char* name;
  const char* locks;
  const char*
      counted;  // the control group whose counters say whether `ended` is worth it; "-": it is
  const char* record;   // goes with the box
  const char* entered;  // for the terminal
  const char* left;
  char** ended;    // for the end, while pid 1 is there; null: none
  int words;       // of it
  char** command;  // for the end; null: none
  char** envp;
  int tty;
  int group;         // ours
  Modes before;      // the terminal as we found it
  Modes of_command;  // as the command left it when it stopped
  bool owed;         // the command gets the terminal when we are in the foreground
  bool given;        // it has had the terminal, and may have changed its modes
};

Modes read_modes(int tty) noexcept {
  Modes modes{};
  modes.known = tty >= 0 && raw(__NR_ioctl, tty, TCGETS, modes.bytes) == 0;
  return modes;
}

void write_modes(int tty, const Modes& modes) noexcept {
  if (tty >= 0 && modes.known) raw(__NR_ioctl, tty, TCSETSW, modes.bytes);
}

Modes parse_modes(const char* hex) noexcept {
  Modes modes{};
  if (length(hex) != 2 * sizeof modes.bytes) return modes;
  for (size_t i = 0; i < sizeof modes.bytes; ++i) {
    modes.bytes[i] =
        static_cast<unsigned char>(hex_digit(hex[2 * i]) << 4U | hex_digit(hex[2 * i + 1]));
  }
  modes.known = true;
  return modes;
}

bool in_foreground(const Waiter& waiter) noexcept {
  return foreground_group(waiter.tty) == waiter.group;
}

// `inside`: the terminal's foreground group is one of the box's. Never takes it from anybody else:
// a shell may have put us in the background meanwhile.
void take_terminal(const Waiter& waiter, int inside) noexcept {
  if (waiter.tty < 0) return;
  if (inside != 0) set_foreground_group(waiter.tty, waiter.group);
  // Modes that the box never had in hand are left alone: a pager beside us may have set its own.
  if (waiter.given && in_foreground(waiter)) write_modes(waiter.tty, waiter.before);
}

// A terminal that is gone needs no word.
void tell_terminal(const Waiter& waiter, const char* bytes) noexcept {
  if (waiter.tty >= 0 && *bytes != '\0') raw(__NR_write, waiter.tty, bytes, length(bytes));
}

// The default action for `signal`, now; `whom` as kill(2) has it: our own pid, or 0 for our group.
void raise_default(int signal, long whom) noexcept {
  struct {
    void* handler;
    unsigned long flags;
    void* restorer;
    uint64_t blocked;
  } action{};
  raw(__NR_rt_sigaction, signal, &action, nullptr, sizeof action.blocked);
  set_mask(kAllSignals & ~signal_bit(signal));
  raw(__NR_kill, whom, signal);
  set_mask(kAllSignals);
}

// The SIGCONT that ended our stop: what follows from it is done once.
void forget_continue() noexcept {
  uint64_t set = signal_bit(SIGCONT);
  const long none[2] = {0, 0};
  raw(__NR_rt_sigtimedwait, &set, nullptr, none, sizeof set);
}

void resume(Waiter& waiter) noexcept {
  const bool give = waiter.owed && in_foreground(waiter);
  // Started in the background, where a shell was reading a line: the modes to restore are those of
  // now.
  if (give && !waiter.before.known) waiter.before = read_modes(waiter.tty);
  if (give) write_modes(waiter.tty, waiter.of_command);
  if (give) tell_terminal(waiter, waiter.entered);
  waiter.given = waiter.given || give;
  send(waiter.socket, {Say::resume, give ? 1 : 0, 0, 0});
}

bool stops(int signal) noexcept {
  return signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

void command_stopped(Waiter& waiter, const Message& message) noexcept {
  // What supervises a command that joined may have been a debugger's in the box.
  if (!stops(message.value)) return;
  const bool wants_terminal = message.value == SIGTTIN || message.value == SIGTTOU;
  if (wants_terminal && in_foreground(waiter)) {
    // It was started beside others of a pipeline and now needs the keyboard; it gets the terminal.
    waiter.given = true;
    send(waiter.socket, {Say::resume, 1, 0, 0});
    return;
  }
  if (message.index != 0) waiter.of_command = read_modes(waiter.tty);
  waiter.owed = waiter.owed || message.index != 0 || wants_terminal;
  take_terminal(waiter, message.index);
  if (waiter.owed) tell_terminal(waiter, waiter.left);
  // A shell that runs a script waits in our group, and sees no stop but its own: it stops with us,
  // as it does where the terminal's key reaches them all.
  const bool leads = waiter.group == static_cast<int>(raw(__NR_getpid));
  raise_default(message.value, leads || message.value == SIGSTOP ? raw(__NR_getpid) : 0);
  forget_continue();
  resume(waiter);  // continued, or in an orphaned group, where a stop does not take
}

// In the new process, which shares our memory until it execs.
[[noreturn]] __attribute__((noinline)) void become(char** argv, char** envp) noexcept {
  raw(__NR_execve, argv[0], argv, envp);
  leave(127);  // what it would have removed, the next start does
}

// The status word of wait(2).
int run(char** argv, char** envp) noexcept {
  constexpr unsigned long kVforkVm = 0x4000 | 0x100;  // CLONE_VFORK | CLONE_VM
  const long pid = raw(__NR_clone, kVforkVm | SIGCHLD, 0, 0, 0, 0);
  if (pid == 0) become(argv, envp);
  int status = 0;
  if (pid > 0) raw(__NR_wait4, pid, &status, 0, nullptr);
  return status;
}

void write_word(char* to, const char* word) noexcept {
  while ((*to++ = *word++) != '\0') {
  }
}

// Whether the number behind KEY in a line of `file` is 0, or has at most so many digits.
bool is_small(const Waiter& waiter, const char* file, const char* key, size_t digits) noexcept {
  static char path[4096];
  static char text[1024];
  const size_t directory = length(waiter.counted);
  const size_t name = length(file) + 1;
  if (directory + 1 + name > sizeof path) return false;
  for (size_t i = 0; i < directory; ++i) path[i] = waiter.counted[i];
  path[directory] = '/';
  for (size_t i = 0; i < name; ++i) path[directory + 1 + i] = file[i];
  const long fd = raw(__NR_openat, kWorkingDirectory, path, 0x80000 /* O_CLOEXEC */);
  if (fd < 0) return fd == -ENOENT;  // that controller is not there
  const long n = raw(__NR_read, fd, text, sizeof text - 1);
  raw(__NR_close, fd);
  if (n < 0) return false;
  text[n] = '\0';
  for (const char* line = text; *line != '\0';) {
    size_t same = 0;
    while (key[same] != '\0' && line[same] == key[same]) ++same;
    if (key[same] == '\0' && line[same] == ' ') {
      const char* value = line + same + 1;
      size_t length = 0;
      while (value[length] >= '0' && value[length] <= '9') ++length;
      return *value == '0' || length <= digits;
    }
    while (*line != '\0' && *line++ != '\n') {
    }
  }
  return true;  // an older kernel
}

// No process was killed or refused, and none held up for a second: commands/used.cpp has the words
// for these.
bool felt_nothing(const Waiter& waiter) noexcept {
  constexpr size_t kBelowASecond = 6;  // digits of microseconds
  return waiter.counted[0] == '/' && is_small(waiter, "memory.events", "oom_kill", 0) &&
         is_small(waiter, "pids.events", "max", 0) &&
         is_small(waiter, "cpu.stat", "throttled_usec", kBelowASecond);
}

// What the box has used is read while pid 1 still holds its control group; where pid 1 was killed,
// the group may be gone. Whether it was told why the box was killed.
bool tell(const Waiter& waiter, const char* how, int value) noexcept {
  if (waiter.ended == nullptr) return false;
  if (how != kLost && felt_nothing(waiter)) return false;
  write_word(waiter.ended[waiter.words - 2], how);
  kernel::write_decimal(waiter.ended[waiter.words - 1], value);
  return run(waiter.ended, waiter.envp) == kToldStatus << 8;  // wait(2)
}

// Pid 1 may go, if it stayed for that.
bool count(const Waiter& waiter, const char* how, int value) noexcept {
  const bool told = tell(waiter, how, value);
  send(waiter.socket, {Say::counted, 0, 0, 0});
  return told;
}

// A pid namespace ends when the last process in it is reaped: one that joined, by its parent, us.
void wait_for_box(const Waiter& waiter) noexcept {
  Pollfd end{waiter.box, POLLIN, 0};  // pidfd_open(2)
  raw(__NR_wait4, waiter.child, nullptr, 0, nullptr);
  if (waiter.box >= 0) raw(__NR_ppoll, &end, 1, nullptr, nullptr, 0);
}

// Where something is held for the box: it is dead to the last process before that is let go, so
// that whoever waits for us finds it free, and what is thrown away is gone.
void settle(const Waiter& waiter) noexcept {
  if (waiter.locks[0] != '-' || waiter.command != nullptr) {
    wait_for_box(waiter);
    close_listed(waiter.locks);
  }
  if (waiter.record[0] == '/') raw(__NR_unlinkat, kWorkingDirectory, waiter.record, 0);
  if (waiter.command == nullptr) return;
  run(waiter.command, waiter.envp);
  raw(__NR_unlinkat, waiter.boxes, waiter.name, 0);
}

bool ends_within(int pidfd, long nanoseconds) noexcept {
  Pollfd end{pidfd, POLLIN, 0};
  const long time[2] = {0, nanoseconds};
  return raw(__NR_ppoll, &end, 1, time, nullptr, 0) > 0;
}

// Gives up our share of the box. True where nobody else has one: then the box is dead to its last
// process. Whoever reads a FIFO sees POLLHUP once it has no writer (poll(2)); it is opened while it
// has one, us.
bool let_go(const Waiter& waiter) noexcept {
  constexpr int kReadOnly = 0x80000 | 0x800;  // O_CLOEXEC | O_NONBLOCK
  Pollfd end{static_cast<int>(raw(__NR_openat, waiter.boxes, waiter.name, kReadOnly)), 0, 0};
  raw(__NR_close, waiter.owner);
  const long now[2] = {0, 0};
  // Without an entry, pid 1 has removed it on its way out.
  const bool last = end.fd < 0 || raw(__NR_ppoll, &end, 1, now, nullptr, 0) > 0;
  raw(__NR_close, end.fd);
  if (last) wait_for_box(waiter);
  return last;
}

[[noreturn]] void command_ended(const Waiter& waiter, const Message& message) noexcept {
  take_terminal(waiter, message.index);
  tell_terminal(waiter, waiter.left);
  count(waiter, message.say == Say::exited ? "exited" : "killed", message.value);
  if (waiter.box >= 0) raw(__NR_wait4, waiter.child, nullptr, 0, nullptr);
  if (message.step != kBoxMayLive || let_go(waiter)) settle(waiter);
  if (message.say == Say::exited) leave(message.value);
  const bool typed = message.value == SIGINT || message.value == SIGQUIT;
  if (typed && (message.index != 0 || in_foreground(waiter))) {
    // PR_SET_DUMPABLE off: the core would be ours, not the command's.
    raw(__NR_prctl, 4, 0, 0, 0, 0);
    raise_default(message.value, raw(__NR_getpid));
  }
  leave(128 + message.value);
}

// Its groups died with it; a foreground group that nobody can be signalled in was the box's. Of a
// box that lives on, pid 1 has yet to reap those whose supervisor was killed.
bool foreground_is_orphaned(const Waiter& waiter) noexcept {
  constexpr int kMost = 200;
  for (int i = 0;; ++i) {
    const int group = foreground_group(waiter.tty);
    if (group <= 0 || group == waiter.group) return false;
    if (raw(__NR_kill, -group, 0) < 0) return true;
    if (waiter.box < 0 || i == kMost) return false;
    const long pause[2] = {0, 5'000'000};
    raw(__NR_nanosleep, pause, nullptr);
  }
}

// Pid 1 went without a word, or what supervised our command did: somebody killed it.
[[noreturn]] void box_ended(const Waiter& waiter) noexcept {
  const bool told = count(waiter, kLost, 0);
  // Its descriptors close before the rest of its namespace is dead; once it is gone, all of it is.
  raw(__NR_wait4, waiter.child, nullptr, 0, nullptr);
  // Where pid 1 was killed, it is the last of the box to be gone.
  constexpr long kTakes = 200'000'000;
  const bool is_whole = waiter.box < 0 || ends_within(waiter.box, kTakes);
  if (is_whole || let_go(waiter)) {
    settle(waiter);
    if (waiter.boxes >= 0) raw(__NR_unlinkat, waiter.boxes, waiter.name, 0);
  }
  take_terminal(waiter, foreground_is_orphaned(waiter) ? 1 : 0);
  tell_terminal(waiter, waiter.left);
  const char* text = is_whole ? "devbox: the box was killed from outside\n"
                              : "devbox: what supervises the command was killed, and so was that\n";
  if (!told) raw(__NR_write, 2, text, length(text));
  leave(128 + SIGKILL);
}

void hear(Waiter& waiter) noexcept {
  Message message{};
  if (!receive(waiter.socket, message)) box_ended(waiter);
  if (message.say == Say::stopped) command_stopped(waiter, message);
  if (message.say == Say::exited || message.say == Say::killed) command_ended(waiter, message);
}

// The box can stop what supervises a command that joined, and would have us wait for ever.
void wake_supervisor(const Waiter& waiter) noexcept {
  constexpr int kStopped = 3;  // WSTOPPED | WNOHANG: its end is not taken note of here
  int info[32] = {};           // siginfo_t; si_signo is the first
  raw(__NR_waitid, 1 /* P_PID */, waiter.child, info, kStopped, nullptr);
  if (waiter.box >= 0 && info[0] != 0) raw(__NR_kill, waiter.child, SIGCONT);
}

void pass_on(Waiter& waiter, const SignalInfo& info) noexcept {
  const int signal = static_cast<int>(info.number);
  if (signal == SIGCHLD) {  // its last message, or the end of the socket, says more
    wake_supervisor(waiter);
    return;
  }
  if (signal == SIGCONT) {
    resume(waiter);
    return;
  }
  const Say say = info.code == kFromKernel ? Say::signal_group : Say::signal;
  send(waiter.socket, {say, signal, 0, 0});
}

}  // namespace

void run_wait(const Arguments& arguments) noexcept {
  char** argv = arguments.argv;
  Waiter waiter{};
  waiter.socket = number(argv[kWaitSocket]);
  waiter.child = number(argv[kWaitPid]);
  waiter.owner = number(argv[kWaitOwner]);
  waiter.box = number(argv[kWaitBox]);
  waiter.boxes = number(argv[kWaitBoxes]);
  waiter.name = argv[kWaitName];
  waiter.locks = argv[kWaitLocks];
  waiter.counted = argv[kWaitGroup];
  waiter.record = argv[kWaitRecord];
  waiter.entered = argv[kWaitEntered];
  waiter.left = argv[kWaitLeft];
  waiter.words = number(argv[kWaitEnded]);
  int next = kWaitCount;
  if (waiter.words > 0) {
    waiter.ended = argv + next;
    next += waiter.words;
    argv[next++] = nullptr;
  }
  waiter.command = arguments.argc > next ? argv + next : nullptr;
  waiter.envp = arguments.envp;
  waiter.tty = keep(number(argv[kWaitTty]));
  waiter.group = static_cast<int>(raw(__NR_getpgid, 0));
  waiter.before = parse_modes(argv[kWaitModes]);
  waiter.given = number(argv[kWaitGiven]) != 0;
  raw(__NR_close, 0);
  raw(__NR_close, 1);

  uint64_t all = kAllSignals;
  const int signals = static_cast<int>(raw(__NR_signalfd4, -1, &all, sizeof all, 02000000));
  Pollfd fds[] = {{waiter.socket, POLLIN, 0}, {signals, POLLIN, 0}};
  for (;;) {
    raw(__NR_ppoll, fds, 2, nullptr, nullptr, 0);
    if (fds[1].revents != 0) {
      SignalInfo info{};
      raw(__NR_read, signals, &info, sizeof info);
      pass_on(waiter, info);
    }
    if (fds[0].revents != 0) hear(waiter);
  }
}

}  // namespace devbox::init
