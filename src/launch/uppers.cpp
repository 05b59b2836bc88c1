#include "launch/uppers.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "host/cannot.hpp"
#include "host/failure.hpp"
#include "host/files.hpp"
#include "host/upper.hpp"
#include "kernel/step.hpp"
#include "launch/root_lock.hpp"
#include "store/remove_tree.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::launch {
namespace {

using kernel::Step;

Fd open_directory(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd) throw host::cannot("open", path, errno);
  return fd;
}

void prepare_upper(const std::string& path) {
  const Fd directory = open_directory(path);
  const kernel::Done made = host::make_upper(directory.get());
  if (!made) throw host::failure(Step::upper, made.err, path);
}

bool is_alive(const std::string& box) {
  const long pid = std::strtol(box.c_str(), nullptr, 10);
  return pid > 0 && (::kill(static_cast<pid_t>(pid), 0) == 0 || errno != ESRCH);
}

bool discards_workspace(const plan::Plan& plan) {
  return std::any_of(plan.mounts.begin(), plan.mounts.end(), [](const plan::Mount& mount) {
    const auto* bind = std::get_if<plan::Bind>(&mount);
    return bind != nullptr && bind->access == plan::Access::discarded;
  });
}

// Whether it is still that of its name: a reset takes the whole directory away.
bool is_current(const Fd& lock, const std::string& path) {
  struct stat held {};
  struct stat named {};
  return ::fstat(lock.get(), &held) == 0 && ::lstat(path.c_str(), &named) == 0 &&
         held.st_ino == named.st_ino && held.st_dev == named.st_dev;
}

// For people: the tree below it, and whose it is.
void link_to(const std::string& what, const std::string& link) {
  if (::symlink(what.c_str(), link.c_str()) < 0 && errno != EEXIST)
    throw host::cannot("make the link", link, errno);
}

[[noreturn]] void in_use(const plan::Plan& plan, const std::string& box) {
  const std::string pid = box.substr(0, box.find('.'));
  throw Error(
      fmt::format("the persistent root of {} is in use by the box {}, of process {}",
                  printable(plan.profile), printable(box), printable(pid)),
      fmt::format("two boxes would damage what they both write; `devbox stop {}` ends that one; "
                  "`image.root = \"ephemeral\"` allows any number",
                  printable(pid)));
}

// Of a box that was killed the last processes may be about to die.
void take(const Fd& lock, const plan::Plan& plan) {
  constexpr struct timespec kPause { 0, 5'000'000 };
  constexpr int kMostPauses = 1000;  // five seconds
  for (int i = 0; ::flock(lock.get(), LOCK_EX | LOCK_NB) < 0; ++i) {
    if (errno != EWOULDBLOCK) throw host::cannot("lock", plan.kept + "/lock", errno);
    const std::string box = lock_holder(lock.get());
    if (i == kMostPauses || is_alive(box)) in_use(plan, box);
    ::nanosleep(&kPause, nullptr);
  }
}

}  // namespace

Uppers::Uppers(const plan::Plan& plan, const std::string& box) {
  paths_.workspace = plan.workspace_upper;
  if (!plan.kept.empty()) open_kept(plan, box);
  if (!plan.scratch.empty()) make_scratch(plan, box);
}

Scratch::~Scratch() {
  if (lock) store::remove_tree(parent.get(), name);
}

void Uppers::open_kept(const plan::Plan& plan, const std::string& box) {
  const std::string path = plan.kept + "/lock";
  do {
    make_directory(plan.kept);
    kept_lock_.reset(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!kept_lock_ && errno == ENOENT) continue;
    if (!kept_lock_) throw host::cannot("open", path, errno);
    take(kept_lock_, plan);
  } while (!is_current(kept_lock_, path));
  const std::string name = box + "\n";
  const bool written =
      ::ftruncate(kept_lock_.get(), 0) == 0 &&
      ::pwrite(kept_lock_.get(), name.data(), name.size(), 0) == static_cast<ssize_t>(name.size());
  if (!written) throw host::cannot("write", path, errno);
  link_to(plan.root, plan.kept + "/tree");
  link_to(plan.profile, plan.kept + "/profile");
  struct stat st {};
  paths_.fresh = ::lstat((plan.kept + "/upper").c_str(), &st) < 0;
  paths_.root = plan.kept;
  prepare_upper(plan.kept);
}

// Between its making and its locking a directory looks like a dead box's: whoever looks for those
// locks the directory above.
void Uppers::make_scratch(const plan::Plan& plan, const std::string& box) {
  make_directory(plan.scratch);
  scratch_.parent = open_directory(plan.scratch);
  if (::flock(scratch_.parent.get(), LOCK_EX) < 0) throw host::cannot("lock", plan.scratch, errno);
  const std::string path = path::join(plan.scratch, box);
  if (::mkdirat(scratch_.parent.get(), box.c_str(), 0700) < 0)
    throw host::cannot("make", path, errno);
  scratch_.name = box;
  scratch_.lock = open_directory(path);
  // Shared, so that pid 1 can have a lock of its own; who removes it takes the whole.
  if (::flock(scratch_.lock.get(), LOCK_SH | LOCK_NB) < 0) throw host::cannot("lock", path, errno);
  ::flock(scratch_.parent.get(), LOCK_UN);
  if (plan.root_mode == plan::Root::ephemeral) paths_.root = path + "/root";
  if (paths_.workspace.empty() && discards_workspace(plan)) paths_.workspace = path + "/workspace";
  for (const std::string& upper : {paths_.root, paths_.workspace}) {
    if (!path::is_within(upper, path)) continue;
    make_directory(upper);
    prepare_upper(upper);
  }
}

void make_directory(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return;
  if (errno != ENOENT || path == "/") throw host::cannot("make the directory", path, errno);
  make_directory(path::parent(path));
  if (::mkdir(path.c_str(), 0700) < 0 && errno != EEXIST)
    throw host::cannot("make the directory", path, errno);
}

}  // namespace devbox::launch
