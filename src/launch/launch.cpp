#include "launch/launch.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstring>
#include <utility>

#include "host/cannot.hpp"
#include "host/failure.hpp"
#include "host/id_maps.hpp"
#include "host/new_file.hpp"
#include "init/protocol.hpp"
#include "launch/blocked_signals.hpp"
#include "launch/boxes.hpp"
#include "launch/cache.hpp"
#include "launch/clone.hpp"
#include "launch/command_failure.hpp"
#include "launch/compile.hpp"
#include "launch/limited.hpp"
#include "launch/line.hpp"
#include "launch/records.hpp"
#include "launch/report.hpp"
#include "launch/terminal.hpp"
#include "launch/uppers.hpp"
#include "launch/waiter.hpp"
#include "launch/words.hpp"
#include "store/directories.hpp"
#include "util/fd.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::launch {
namespace {

using init::Message;
using init::Say;
using kernel::Step;

std::string id_map_text(const std::vector<plan::IdMapLine>& lines) {
  std::string text;
  for (const plan::IdMapLine& line : lines)
    text += fmt::format("{} {} {}\n", line.inside, line.outside, line.count);
  return text;
}

std::vector<plan::IdMapLine> to_themselves(std::vector<plan::IdMapLine> lines) {
  for (plan::IdMapLine& line : lines) line.outside = line.inside;
  return lines;
}

// Everything that the child's Program points to, alive until devbox-init runs in its place.
class Start {
 public:
  Start(const plan::Plan& plan, const Runtime& runtime, const Boxes& boxes);
  // A box that did not come to run leaves nothing of it.
  ~Start() {
    if (recorded_) Records(runtime_.directory).remove(name_);
  }
  Start(const Start&) = delete;
  Start& operator=(const Start&) = delete;

  [[noreturn]] void run();

 private:
  void share_times();
  void name_lock_directories();
  void prepare_argv();
  void clone_child();
  [[noreturn]] void shepherd();
  void own();
  void report();
  [[noreturn]] void fail(const Message& message);
  bool leaves() const { return program_.leaves || limited_.leaves_group(); }
  void write_record();
  [[noreturn]] void become_waiter();

  const plan::Plan& plan_;
  const Runtime& runtime_;
  const Boxes& boxes_;
  BlockedSignals signals_;  // before anything is made that a signal would leave behind
  std::string name_;
  Record record_;
  std::array<std::string, 3> lock_directories_;
  bool recorded_ = false;
  Uppers uppers_;
  Operations operations_;
  Limited limited_;
  Terminal terminal_;
  Times times_;
  std::string uid_map_, gid_map_, inner_uid_map_, inner_gid_map_;
  std::vector<std::string> argv_text_;
  std::array<std::array<char, 12>, 4> numbers_{};  // the child writes descriptors' numbers here
  std::vector<char*> argv_, envp_;
  Program program_;
  Line line_;
  Fd owner_;
  int owner_error_ = 0;
  Cloned cloned_;
};

Start::Start(const plan::Plan& plan, const Runtime& runtime, const Boxes& boxes)
    : plan_(plan),
      runtime_(runtime),
      boxes_(boxes),
      name_(Boxes::new_name()),
      record_(record_of(plan, name_)),
      uppers_(plan, name_),
      operations_(plan, uppers_.paths()),
      limited_(plan, runtime, name_),
      terminal_(find_terminal()),
      uid_map_(id_map_text(plan.ids.uids)),
      gid_map_(id_map_text(plan.ids.gids)) {
  Program& p = program_;
  p.tree = plan.root.c_str();
  p.directories = plan.directories.empty() ? nullptr : plan.directories.c_str();
  p.root_is_tree = operations_.root_is_tree();
  p.root_is_writable = operations_.root_is_writable();
  p.operations = operations_.list().data();
  p.count = static_cast<int>(operations_.list().size());
  if (!plan.ids.by_helpers) {
    p.uid_map = uid_map_.c_str();
    p.uid_map_size = uid_map_.size();
    p.gid_map = gid_map_.c_str();
    p.gid_map_size = gid_map_.size();
  }
  inner_uid_map_ = id_map_text(to_themselves(plan.ids.uids));
  inner_gid_map_ = id_map_text(to_themselves(plan.ids.gids));
  p.inner_uid_map = inner_uid_map_.c_str();
  p.inner_uid_map_size = inner_uid_map_.size();
  p.inner_gid_map = inner_gid_map_.c_str();
  p.inner_gid_map_size = inner_gid_map_.size();
  p.boxes = boxes.path().c_str();
  p.name = name_.c_str();
  p.hostname = plan.hostname.empty() ? nullptr : plan.hostname.c_str();
  p.hostname_size = plan.hostname.size();
  p.loopback = plan.network == plan::Network::none;
  p.grouped = limited_.has_group();
  p.confinement = record_.joined.confinement;
  // With capabilities a box may look into its own pid 1; the runtime directory is not to be found
  // there.
  p.leaves = uppers_.has_scratch();
  p.pid1_forgets = plan.capabilities.empty() && !p.leaves;
  // The tree's too: the box may live longer than the waiter.
  p.locks = {uppers_.locks()[0], uppers_.locks()[1], runtime.tree_lock};
  if (!plan.capabilities.empty()) name_lock_directories();
  p.kept = runtime.kept;
  p.init = runtime.init.c_str();
  times_.begun = runtime.begun;
  if (runtime.report != Report::nothing) share_times();
  prepare_argv();
}

// By the paths that they have now, for the child opens them from mounts of its own.
void Start::name_lock_directories() {
  for (std::size_t i = 0; i < program_.locks.size(); ++i) {
    struct stat st {};
    if (program_.locks[i] < 0 || ::fstat(program_.locks[i], &st) < 0 || !S_ISDIR(st.st_mode))
      continue;
    const std::string link = fmt::format("/proc/self/fd/{}", program_.locks[i]);
    std::array<char, PATH_MAX> path{};
    const ssize_t size = ::readlink(link.c_str(), path.data(), path.size());
    if (size < 0) throw host::cannot("read", link, errno);
    lock_directories_[i].assign(path.data(), static_cast<std::size_t>(size));
    program_.lock_directories[i] = lock_directories_[i].c_str();
  }
}

// A page that the child writes to whether it shares our memory or not; it ends with this process.
void Start::share_times() {
  const std::size_t count = operations_.list().size();
  const std::size_t bytes = (kPhases + count) * sizeof(std::int64_t);
  void* page = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) throw host::cannot("allocate memory for", "the report", errno);
  auto* times = static_cast<std::int64_t*>(page);
  program_.phase_times = times;
  program_.operation_times = times + kPhases;
  times_.phases = {times, kPhases};
  times_.operations = {times + kPhases, count};
}

// init/protocol.hpp, kBoxSocket and after.
void Start::prepare_argv() {
  argv_text_ = box_words(command_of(plan_), {.role = init::kBoxRole,
                                             .name = name_,
                                             .terminal = terminal_,
                                             .mask = signals_.before(),
                                             .holds = limited_.has_group()});
  for (std::string& text : argv_text_) argv_.push_back(text.data());
  argv_.push_back(nullptr);
  for (std::size_t i = 0; i < numbers_.size(); ++i)
    argv_[init::kBoxSocket + i] = numbers_[i].data();
  for (const std::string& variable : plan_.env)
    envp_.push_back(const_cast<char*>(variable.c_str()));
  envp_.push_back(nullptr);
  program_.init_argv = argv_.data();
  program_.envp = envp_.data();
  program_.socket_text = numbers_[0].data();
  program_.owner_text = numbers_[1].data();
  program_.boxes_text = numbers_[2].data();
  program_.keep_text = numbers_[3].data();
  program_.peer = line_.ours();
  program_.socket = line_.theirs();
}

void Start::clone_child() {
  int flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS;
  if (!program_.grouped) flags |= CLONE_NEWCGROUP;  // else once it is in its group
  // Who shares its memory cannot make the second user namespace (unshare(2), EINVAL), and shares
  // its OOM score too (proc(5)).
  if (program_.confinement.capabilities == 0 && !plan_.limits.oom_score_adj) flags |= CLONE_VM;
  if (plan_.network != plan::Network::host) flags |= CLONE_NEWNET;
  times_.planned = now();
  cloned_ = clone_box(program_, flags, limited_.descriptor());
  const int err = errno;
  line_.drop_theirs();
  if (cloned_.pid < 0) throw host::failure(Step::clone, err, "the box");
}

void Start::own() {
  owner_.reset(
      ::openat(boxes_.directory(), name_.c_str(), O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC));
  if (owner_) {
    write_record();  // whoever the command tells of its box finds it
    line_.tell(Say::owned);
    Records(runtime_.directory).sweep_some();  // while the child is busy
    return;
  }
  // The child may have failed meanwhile and taken its entry away: its own words say more.
  owner_error_ = errno;
  line_.tell_no_more();
}

void Start::run() {
  clone_child();
  try {
    tell_terminal(terminal_, plan_.terminal.entered);  // the command waits for us still
    if (plan_.ids.by_helpers) {
      host::map_with_helpers(cloned_.pid, plan_.ids, runtime_.user);
      line_.tell(Say::ids_mapped);
    }
    limited_.hold(cloned_);
    if (limited_.has_group()) line_.tell(Say::grouped, limited_.is_delegated() ? 1 : 0);
    shepherd();
  } catch (...) {
    tell_terminal(terminal_, plan_.terminal.left);
    line_.hang_up();  // the child hears of it at its next word to us, removes its entry and exits
    owner_.reset();
    while (::waitpid(cloned_.pid, nullptr, __WALL) < 0 && errno == EINTR) {
    }
    if (program_.leaves) ::unlinkat(boxes_.directory(), name_.c_str(), 0);
    throw;
  }
}

void Start::shepherd() {
  for (;;) {
    const Message message = line_.receive();
    if (message.say == Say::owner_ready) own();
    if (message.say == Say::failed) fail(message);
    if (message.say == Say::started) break;
  }
  recorded_ = false;
  limited_.keep();
  report();
  become_waiter();
}

void Start::report() {
  if (runtime_.report == Report::nothing) return;
  times_.started = now();
  std::string text;
  if (runtime_.report == Report::steps) text += steps_text(times_, operations_);
  text += timings_text(times_);
  std::fwrite(text.data(), 1, text.size(), stderr);
}

void Start::fail(const Message& message) {
  auto step = static_cast<Step>(message.step);
  int err = message.value;
  if (step == Step::handshake && owner_error_ != 0) {
    step = Step::owner_fifo;
    err = owner_error_;
  }
  if (step == Step::handshake) {
    if (const std::optional<Error> why = limited_.why_it_died(cloned_.pid)) throw Error(*why);
  }
  if (runtime_.report == Report::steps) {
    const std::string text = steps_text(times_, operations_);
    std::fwrite(text.data(), 1, text.size(), stderr);
  }
  if (step == Step::exec_command) {
    if ((message.index & 2) != 0) restore(terminal_);
    throw command_failure(plan_.argv.front(), err,
                          (message.index & 1) != 0 ? Interpreter::missing : Interpreter::there);
  }
  std::string subject = operations_.subject(message.index);
  if (step == Step::working_directory) {
    if ((message.index & 2) != 0) restore(terminal_);
    subject = plan_.cwd;
  }
  if (step == Step::owner_fifo) subject = boxes_.path();
  if (step == Step::hold) subject = plan_.root;
  if (step == Step::open_init || step == Step::exec_init) subject = runtime_.init;
  if (step == Step::hostname) subject = plan_.hostname;
  throw host::failure(step, err, subject);
}

void Start::write_record() {
  if (runtime_.fingerprint) record_.fingerprint = runtime_.fingerprint();
  record_.version = runtime_.version;
  record_.pid = cloned_.pid;
  record_.kept = runtime_.kept;
  record_.leaves = leaves();
  limited_.describe(record_);
  Records(runtime_.directory).write(record_, plan_.env);
  recorded_ = true;
}

void Start::become_waiter() {
  std::vector<std::string> sweeps;
  if (leaves()) {
    sweeps = runtime_.sweep;
    sweeps.push_back(name_);
  }
  // A group of our own is removed by what sweeps, which reads its record.
  const std::string record = limited_.leaves_group() ? "" : Records(runtime_.directory).path(name_);
  launch::become_waiter(runtime_.init,
                        {.socket = line_.ours(),
                         .pid = cloned_.pid,
                         .owner = owner_.get(),
                         .boxes = boxes_.directory(),
                         .name = name_,
                         .terminal = terminal_,
                         .locks = {program_.locks.begin(), program_.locks.end()},
                         .group = limited_.group(),
                         .record = record,
                         .announcement = plan_.terminal,
                         .ended = limited_.ended(),
                         .sweep = sweeps},
                        {}, plan_.pass_fds, sweeps.empty() ? Environment::none : Environment::ours);
}

// In a program of its own, as the waiter has it done at the end of a box. It says itself what
// fails, which is no reason not to start.
void sweep(const Runtime& runtime) {
  std::vector<char*> argv;
  argv.reserve(runtime.sweep.size() + 1);
  for (const std::string& word : runtime.sweep) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  pid_t pid = 0;
  const int err = ::posix_spawn(&pid, argv[0], nullptr, nullptr, argv.data(), environ);
  if (err != 0) throw host::cannot("run", argv[0], err);
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace

void launch(const plan::Plan& plan, const Runtime& runtime) {
  for (const std::string& directory : plan.make_directories) host::make_directories(directory);
  for (const plan::CacheFile& file : plan.cache) keep_in_cache(file);
  if (!plan.directories.empty()) store::make_directories_of(plan.directories);
  const Boxes boxes(runtime.directory);
  const bool found_dead = boxes.sweep();
  const bool writes = !plan.scratch.empty() || !plan.kept.empty();
  if ((found_dead || writes) && has_rubbish(runtime.scratch)) sweep(runtime);
  Start(plan, runtime, boxes).run();
}

}  // namespace devbox::launch
