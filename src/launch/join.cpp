#include "launch/join.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "host/cannot.hpp"
#include "host/counters.hpp"
#include "host/failure.hpp"
#include "init/protocol.hpp"
#include "launch/blocked_signals.hpp"
#include "launch/boxes.hpp"
#include "launch/command_failure.hpp"
#include "launch/enter_group.hpp"
#include "launch/joiner.hpp"
#include "launch/line.hpp"
#include "launch/terminal.hpp"
#include "launch/waiter.hpp"
#include "util/error.hpp"
#include "util/fd.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::launch {
namespace {

using init::Message;
using init::Say;
using kernel::Step;

std::string file_of(const Record& box, const char* name) {
  return fmt::format("/proc/{}/{}", box.pid, name);
}

bool has_ended(int pidfd) {
  struct pollfd end {
    pidfd, POLLIN, 0
  };
  return ::poll(&end, 1, 0) > 0;
}

// Our share in the box, which it cannot end before we give up.
class Share {
 public:
  // `fifo` says whether there was a box to have one of.
  Share(const Record& box, const Boxes& boxes)
      : pidfd_(static_cast<int>(::syscall(SYS_pidfd_open, box.pid, 0))) {
    if (!pidfd_ && errno != ESRCH) throw host::failure(Step::join, errno, box.id);
    if (!pidfd_) return;
    constexpr int kFlags = O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC;
    owner_.reset(::openat(boxes.directory(), box.id.c_str(), kFlags));
    // What it reads tells pid 1 that its command's end need not be the end. Where the FIFO is full,
    // it has been told.
    if (owner_) [[maybe_unused]]
      const ssize_t told = ::write(owner_.get(), "j", 1);
    is_there_ = owner_ && is_alive(box);
  }
  bool is_there() const { return is_there_; }
  bool has_ended() const { return launch::has_ended(pidfd_.get()); }
  int pidfd() const { return pidfd_.get(); }
  int owner() const { return owner_.get(); }

 private:
  Fd pidfd_;
  Fd owner_;
  bool is_there_ = false;
};

// A page for what the joiner tells without a word.
class SharedPid {
 public:
  SharedPid()
      : page_(::mmap(nullptr, sizeof(pid_t), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
                     0)) {
    if (page_ == MAP_FAILED)
      throw host::cannot("allocate memory for", "a command that joins", errno);
  }
  ~SharedPid() { ::munmap(page_, sizeof(pid_t)); }
  SharedPid(const SharedPid&) = delete;
  SharedPid& operator=(const SharedPid&) = delete;
  pid_t* get() const { return static_cast<pid_t*>(page_); }

 private:
  void* page_;
};

// The joiner has our memory until it executes devbox-init, and by then the box sees it as one of
// its own: hidden, that memory can be read, written and traced by nobody without capabilities in
// our own user namespace (prctl(2), PR_SET_DUMPABLE; ptrace(2), "Ptrace access mode checking").
// Until both processes of the joiner are reaped.
class HiddenMemory {
 public:
  HiddenMemory() : before_(::prctl(PR_GET_DUMPABLE)) {
    if (::prctl(PR_SET_DUMPABLE, 0) < 0) throw host::cannot("hide", "the memory of devbox", errno);
  }
  ~HiddenMemory() { ::prctl(PR_SET_DUMPABLE, before_); }
  HiddenMemory(const HiddenMemory&) = delete;
  HiddenMemory& operator=(const HiddenMemory&) = delete;

 private:
  int before_;
};

void end(pid_t pid) {
  if (pid > 0) ::kill(pid, SIGKILL);
}

void reap(pid_t pid) {
  while (pid > 0 && ::waitpid(pid, nullptr, __WALL) < 0 && errno == EINTR) {
  }
}

class Join {
 public:
  Join(const Joining& joining, const Runtime& runtime, const Boxes& boxes, const Share& share);
  ~Join() = default;
  Join(const Join&) = delete;
  Join& operator=(const Join&) = delete;

  void run();

 private:
  void prepare_words();
  void prepare_files();
  void clone_joiner();
  void await_word() const;
  bool shepherd();
  void hold();
  void fail(const Message& message) const;
  [[noreturn]] void become_waiter();

  const Joining& joining_;
  const Runtime& runtime_;
  const Boxes& boxes_;
  const Share& share_;
  BlockedSignals signals_;
  Terminal terminal_;
  SharedPid supervisor_;
  Fd init_;
  std::vector<std::string> words_;
  std::array<char, 12> number_{};  // the joiner writes its socket's here
  std::vector<char*> argv_, envp_;
  std::vector<std::array<std::string, 3>> brought_paths_;  // above, directory, part
  std::vector<BroughtFile> brought_;
  Line line_;
  Joiner joiner_;
  host::Felt felt_;  // by the group, before the command came into it
  pid_t pid_ = -1;
};

Join::Join(const Joining& joining, const Runtime& runtime, const Boxes& boxes, const Share& share)
    : joining_(joining),
      runtime_(runtime),
      boxes_(boxes),
      share_(share),
      terminal_(find_terminal()),
      // The file as the box mounts it, read-only: the host's own is not to be had from inside.
      init_(::open(file_of(joining.box, "exe").c_str(), O_PATH | O_CLOEXEC)) {
  const Joined& joined = joining.box.joined;
  prepare_words();
  prepare_files();
  joiner_.box = share.pidfd();
  joiner_.init = init_.get();
  if (terminal_.fd >= 0 && !joining.terminal.empty()) joiner_.terminal = joining.terminal.c_str();
  joiner_.own_network = joined.own_network;
  joiner_.confinement = joined.confinement;
  const OnProcess& process = joined.process;
  joiner_.waits = !joining.box.group.empty() || !process.affinity.empty() || process.nice ||
                  process.oom_score_adj;
  joiner_.oom_score_adj = process.oom_score_adj ? &*process.oom_score_adj : nullptr;
  joiner_.owner = share.owner();
  joiner_.socket = line_.theirs();
  joiner_.peer = line_.ours();
  joiner_.argv = argv_.data();
  joiner_.envp = envp_.data();
  joiner_.supervisor = supervisor_.get();
}

void Join::prepare_words() {
  words_ = box_words(joining_.command, {.role = init::kJoinRole,
                                        .name = joining_.box.id,
                                        .terminal = terminal_,
                                        .mask = signals_.before()});
  for (std::string& word : words_) argv_.push_back(word.data());
  argv_.push_back(nullptr);
  argv_[init::kBoxSocket] = number_.data();
  for (const std::string& variable : joining_.env)
    envp_.push_back(const_cast<char*>(variable.c_str()));
  envp_.push_back(nullptr);
}

void Join::prepare_files() {
  brought_paths_.reserve(joining_.brought.size());
  for (const Brought& file : joining_.brought) {
    const std::string directory = path::parent(file.path);
    const auto& paths = brought_paths_.emplace_back(std::array<std::string, 3>{
        path::parent(directory), directory, fmt::format("{}.{}", file.path, ::getpid())});
    brought_.push_back({paths[0].c_str(), paths[1].c_str(), file.path.c_str(), paths[2].c_str(),
                        file.bytes.data(), file.bytes.size()});
  }
  joiner_.brought = brought_.data();
  joiner_.brought_count = static_cast<int>(brought_.size());
}

// With our memory: no page is copied. An OOM score is one for all that share it (proc(5)).
void Join::clone_joiner() {
  static std::array<char, 64 * 1024> stack;
  const int flags = joining_.box.joined.process.oom_score_adj ? SIGCHLD : CLONE_VM | SIGCHLD;
  pid_ = ::clone(joiner_main, stack.data() + stack.size(), flags, &joiner_);
  const int err = errno;
  line_.drop_theirs();
  if (pid_ < 0) throw host::failure(Step::clone, err, joining_.box.id);
}

void Join::run() {
  if (!init_) {
    if (share_.has_ended() || errno == ENOENT || errno == ESRCH) return;
    throw host::failure(Step::open_init, errno, file_of(joining_.box, "exe"));
  }
  const HiddenMemory hidden;
  clone_joiner();
  try {
    tell_terminal(terminal_, joining_.announcement.entered);  // the command waits for us still
    const bool started = shepherd();
    reap(pid_);  // its last call is behind it
    if (!started) {
      reap(*supervisor_.get());
      tell_terminal(terminal_, joining_.announcement.left);
      return;
    }
  } catch (...) {
    tell_terminal(terminal_, joining_.announcement.left);
    line_.hang_up();
    end(pid_);  // what is stopped hears of nothing
    end(*supervisor_.get());
    reap(pid_);
    reap(*supervisor_.get());
    throw;
  }
  become_waiter();
}

// The box can stop the supervisor, which is one of its processes: that is undone, and whoever waits
// for it can end us.
void Join::await_word() const {
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGTERM}) ::sigaddset(&signals, signal);
  const Fd asked(::signalfd(-1, &signals, SFD_CLOEXEC));
  constexpr int kMs = 500;
  for (;;) {
    std::array<struct pollfd, 2> fds{{{line_.ours(), POLLIN, 0}, {asked.get(), POLLIN, 0}}};
    const int ready = ::poll(fds.data(), fds.size(), kMs);
    if (fds[0].revents != 0) return;
    if (ready > 0 && fds[1].revents != 0)
      throw Error(fmt::format("ended by a signal before the box {} let the command start",
                              joining_.box.id));
    const pid_t supervisor = *supervisor_.get();
    if (ready == 0 && supervisor > 0) ::kill(supervisor, SIGCONT);
  }
}

// False where the box has ended meanwhile.
bool Join::shepherd() {
  for (;;) {
    await_word();
    const Message message = line_.receive();
    if (message.say == Say::owner_ready) {
      hold();
      line_.tell(Say::grouped);
    }
    if (message.say == Say::started) return true;
    if (message.say != Say::failed) continue;
    const auto step = static_cast<Step>(message.step);
    const bool is_boxes = step == Step::join || step == Step::handshake;
    if (is_boxes && share_.has_ended()) return false;
    fail(message);
  }
}

void Join::hold() {
  const Record& box = joining_.box;
  if (!box.group.empty()) felt_ = host::read_felt(box.group);
  if (!box.group.empty()) enter_group(box, *supervisor_.get(), runtime_.scope);
  // The box has said what does not hold here. The joiner has set its own score: of a process whose
  // memory is hidden nobody may.
  OnProcess process = box.joined.process;
  process.oom_score_adj.reset();
  static_cast<void>(set_on(*supervisor_.get(), process));
}

void Join::fail(const Message& message) const {
  const auto step = static_cast<Step>(message.step);
  const bool inside = (message.index & 2) != 0 && message.index > 0;
  const bool is_commands = step == Step::exec_command || step == Step::working_directory;
  if (is_commands && inside) restore(terminal_);
  if (step == Step::exec_command) {
    throw command_failure(joining_.command.argv.front(), message.value,
                          (message.index & 1) != 0 ? Interpreter::missing : Interpreter::there);
  }
  throw host::failure(step, message.value,
                      step == Step::working_directory ? joining_.command.cwd : joining_.box.id);
}

void Join::become_waiter() {
  const Record& box = joining_.box;
  std::vector<std::string> sweeps;
  if (box.leaves) {
    sweeps = runtime_.sweep;
    sweeps.push_back(box.id);
  }
  std::vector<std::string> ended;
  if (!box.group.empty()) {
    ended = runtime_.ended;
    ended.insert(ended.end(), {runtime_.directory, box.id, host::word_of(felt_)});
  }
  const bool removed_by_sweep = !box.group.empty() && box.unit.empty();
  launch::become_waiter(runtime_.init,
                        {.socket = line_.ours(),
                         .pid = *supervisor_.get(),
                         .owner = share_.owner(),
                         .box = share_.pidfd(),
                         .boxes = boxes_.directory(),
                         .name = box.id,
                         .terminal = terminal_,
                         .locks = {},
                         .group = box.group,
                         .record = removed_by_sweep ? "" : Records(runtime_.directory).path(box.id),
                         .announcement = joining_.announcement,
                         .ended = ended,
                         .sweep = sweeps},
                        {}, joining_.command.pass_fds,
                        sweeps.empty() ? Environment::none : Environment::ours);
}

}  // namespace

void join(const Joining& joining, const Runtime& runtime) {
  const Boxes boxes(runtime.directory);
  const Share share(joining.box, boxes);
  if (!share.is_there()) return;
  Join(joining, runtime, boxes, share).run();
}

}  // namespace devbox::launch
