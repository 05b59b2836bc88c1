// The child is a copy of this process (clone without CLONE_VM), and calls kernel/ alone: its libc
// does not know that it was copied.
#include "host/trial.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <ftw.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>

#include "host/upper.hpp"
#include "kernel/file.hpp"
#include "kernel/mount.hpp"
#include "kernel/overlay.hpp"
#include "kernel/privilege.hpp"
#include "kernel/raw.hpp"
#include "kernel/seccomp.hpp"
#include "util/fd.hpp"
#include "util/path.hpp"

namespace devbox::host {
namespace {

using kernel::Done;
using kernel::raw;
using kernel::Step;
using kernel::Sys;

constexpr std::uint64_t kFlags =
    CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;
constexpr std::size_t kMost = 24;
constexpr const char* kRoot = "root";
constexpr const char* kLower = "lower";

// What the child writes to its parent, in one piece (pipe(7), PIPE_BUF).
struct Answer {
  std::array<Attempt, kMost> attempts{};
  std::size_t count = 0;
  int network = Trial::kUntried;
  std::array<char, 256> label{};

  bool add(Step step, int err) noexcept {
    if (count < kMost) attempts[count++] = {step, err};
    return err == 0;
  }
  template <class T>
  bool add(Step step, const Sys<T>& outcome) noexcept {
    return add(step, outcome.err);
  }
};
static_assert(sizeof(Answer) <= 4096);

struct Map {
  std::array<char, 64> text{};
  std::size_t size = 0;
};
Map map_of(unsigned id) {
  Map map;
  map.size = fmt::format_to_n(map.text.data(), map.text.size(), "{0} {0} 1\n", id).size;
  return map;
}

bool map_ids(Answer& answer, const Map& uids, const Map& gids) noexcept {
  using kernel::write_existing;
  return answer.add(Step::setgroups, write_existing("/proc/self/setgroups", "deny", 4)) &&
         answer.add(Step::uid_map,
                    write_existing("/proc/self/uid_map", uids.text.data(), uids.size)) &&
         answer.add(Step::gid_map,
                    write_existing("/proc/self/gid_map", gids.text.data(), gids.size));
}

void read_label(Answer& answer) noexcept {
  const long file = raw(__NR_openat, AT_FDCWD, "/proc/self/attr/current", O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  raw(__NR_read, file, answer.label.data(), answer.label.size() - 1);
  raw(__NR_close, file);
}

// A new directory that an overlay writes to, with all that it leaves.
class Upper {
 public:
  explicit Upper(const std::string& below) {
    if (below.empty() || ::access(below.c_str(), W_OK | X_OK) != 0) return;
    path_ = path::join(below, ".devbox-trial.XXXXXX");
    if (::mkdtemp(path_.data()) == nullptr) {
      path_.clear();
      return;
    }
    const Fd directory(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    err_ = directory ? make_upper(directory.get()).err : errno;
    upper_ = path_ + "/upper";
    work_ = path_ + "/work";
  }
  ~Upper() {
    if (path_.empty()) return;
    // The kernel's own directory in it is closed to all.
    static_cast<void>(::chmod((work_ + "/work").c_str(), 0700));
    const auto remove = [](const char* path, const struct stat*, int, struct FTW*) {
      return ::remove(path);
    };
    ::nftw(path_.c_str(), remove, 8, FTW_DEPTH | FTW_PHYS);
  }
  Upper(const Upper&) = delete;
  Upper& operator=(const Upper&) = delete;

  bool made() const noexcept { return !path_.empty(); }
  int err() const noexcept { return err_; }
  const char* upper() const noexcept { return upper_.c_str(); }
  const char* work() const noexcept { return work_.c_str(); }

 private:
  std::string path_, upper_, work_;
  int err_ = 0;
};

// A tmpfs on "/", as in launch/assemble.cpp, and the working directory on it.
bool make_stage(Answer& answer) noexcept {
  const kernel::Parameter mode{"mode", "0700"};
  const Sys<int> stage = kernel::new_filesystem("tmpfs", &mode, 1, kernel::kNoSuid);
  if (!answer.add(Step::tmpfs, stage)) return false;
  const long root = raw(__NR_openat, AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  return answer.add(Step::stage, kernel::attach(stage.value, static_cast<int>(root), "")) &&
         answer.add(Step::stage, kernel::sys_done(raw(__NR_fchdir, stage.value)));
}

void try_filesystem(Answer& answer, Step step, const char* type) noexcept {
  const Sys<int> made = kernel::new_filesystem(type, nullptr, 0, kernel::kNoSuid);
  answer.add(step, made);
  if (made) raw(__NR_close, made.value);
}

// Two generated directories on the stage: the kernel wants more than one where there is no upper.
void try_overlay(Answer& answer) noexcept {
  raw(__NR_mkdirat, AT_FDCWD, kLower, 0700);
  const kernel::Parameter lower{"lowerdir", "lower:root"};
  answer.add(Step::overlay, kernel::new_filesystem("overlay", &lower, 1, kernel::kReadOnly));
}

// A directory of the lower one is removed and made again, which needs all that a box's writes do.
void try_writable(Answer& answer, const Upper& below) noexcept {
  if (!below.made() || !answer.add(Step::upper, below.err())) return;
  constexpr int kDirectory = O_PATH | O_DIRECTORY | O_CLOEXEC;
  raw(__NR_mkdirat, AT_FDCWD, "lower/there", 0700);
  const long upper = raw(__NR_openat, AT_FDCWD, below.upper(), kDirectory);
  const long work = raw(__NR_openat, AT_FDCWD, below.work(), kDirectory);
  const Sys<int> overlay = kernel::new_overlay(kLower, static_cast<int>(upper),
                                               static_cast<int>(work), kernel::Writes::kept, 0);
  if (!answer.add(Step::writable, overlay)) return;
  const long removed = raw(__NR_unlinkat, overlay.value, "there", AT_REMOVEDIR);
  answer.add(Step::writable, kernel::sys_done(removed));
  const long made = raw(__NR_mkdirat, overlay.value, "there", 0700);
  answer.add(Step::writable, kernel::sys_done(made));
  raw(__NR_close, overlay.value);
}

void try_root(Answer& answer) noexcept {
  const Sys<int> tree = kernel::clone_tree(AT_FDCWD, "/", kernel::Depth::recursive);
  if (!answer.add(Step::open_tree, tree)) return;
  const Done set = kernel::set_attributes(tree.value, kernel::kReadOnly | kernel::kNoSuid,
                                          kernel::Depth::recursive);
  // Below Linux 5.12 the start does it by mount(2).
  answer.add(Step::mount_attributes, set.err == ENOSYS ? 0 : set.err);
  const Sys<int> place = kernel::open_below(AT_FDCWD, kRoot);
  if (!answer.add(Step::move_mount, kernel::attach(tree.value, place.value, ""))) return;
  raw(__NR_fchdir, tree.value);
  answer.add(Step::pivot_root, kernel::sys_done(raw(__NR_pivot_root, ".", ".")));
}

void try_network(Answer& answer) noexcept {
  answer.network = static_cast<int>(-raw(__NR_unshare, CLONE_NEWNET));
  if (answer.network != 0) return;
  answer.add(Step::loopback, kernel::raise_loopback());
  try_filesystem(answer, Step::sysfs, "sysfs");
}

void try_all(Answer& answer, const Map& uids, const Map& gids, const Upper& upper) noexcept {
  const bool mapped = map_ids(answer, uids, gids);
  read_label(answer);
  if (!mapped || !make_stage(answer)) return;
  // Nobody is left to hear it in a namespace that ends; podman's filter refuses the call.
  answer.add(Step::hostname, kernel::sys_done(raw(__NR_sethostname, "box", 3)));
  try_filesystem(answer, Step::proc, "proc");
  try_filesystem(answer, Step::devpts, "devpts");
  try_network(answer);
  raw(__NR_mkdirat, AT_FDCWD, kRoot, 0700);
  try_overlay(answer);
  try_writable(answer, upper);
  try_root(answer);
  if (answer.add(Step::no_new_privs, kernel::set_no_new_privs()))
    answer.add(Step::seccomp, kernel::install_filter(kernel::Filter::standard));
}

Trial trial_of(const Answer& answer) {
  Trial trial;
  trial.attempts.assign(answer.attempts.begin(),
                        answer.attempts.begin() + static_cast<std::ptrdiff_t>(answer.count));
  trial.network = answer.network;
  trial.label = answer.label.data();
  while (!trial.label.empty() && trial.label.back() == '\n') trial.label.pop_back();
  return trial;
}

}  // namespace

Trial try_box(const std::string& directory) {
  const Map uids = map_of(::geteuid());
  const Map gids = map_of(::getegid());
  const Upper upper(directory);
  Answer answer;
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return {};
  const Fd from_child(ends[0]);
  Fd to_parent(ends[1]);
  const Sys<int> child = kernel::sys_int(raw(__NR_clone, kFlags | SIGCHLD));
  if (child && child.value == 0) {
    answer.add(Step::clone, 0);
    try_all(answer, uids, gids, upper);
    raw(__NR_write, to_parent.get(), &answer, sizeof answer);
    for (;;) raw(__NR_exit_group, 0);
  }
  to_parent.reset();
  if (!answer.add(Step::clone, child)) return trial_of(answer);
  Answer said;
  ssize_t got = 0;
  do {
    got = ::read(from_child.get(), &said, sizeof said);
  } while (got < 0 && errno == EINTR);
  while (::waitpid(child.value, nullptr, 0) < 0 && errno == EINTR) {
  }
  if (got == static_cast<ssize_t>(sizeof said)) return trial_of(said);
  answer.add(Step::handshake, EPIPE);  // something ended it: a filter may kill where it refuses
  return trial_of(answer);
}

}  // namespace devbox::host
