// The child shares the launcher's memory until it execs (CLONE_VM: no page tables to copy, none to
// fault in), errno and the heap included. Therefore only kernel/ is called, and nothing outside
// this stack is written but the numbers and times that Program has room for.
#include "launch/child.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>

#include "init/protocol.hpp"
#include "kernel/decimal.hpp"
#include "kernel/file.hpp"
#include "kernel/privilege.hpp"
#include "kernel/raw.hpp"
#include "launch/child_state.hpp"

namespace devbox::launch {
namespace {

using init::Message;
using init::Say;
using kernel::Done;
using kernel::raw;
using kernel::Step;
using kernel::Sys;

void say(const Child& child, Say what, Outcome outcome = {}) noexcept {
  const Message message{what, outcome.err, static_cast<int>(outcome.step), child.index};
  raw(__NR_sendto, child.program.socket, &message, sizeof message, 0x4000 /* MSG_NOSIGNAL */,
      nullptr, 0);
}

// Waits for the launcher to say `what`; its death is ECANCELED.
Outcome await(const Child& child, Say what, Message& message) noexcept {
  const long n =
      raw(__NR_recvfrom, child.program.socket, &message, sizeof message, 0, nullptr, nullptr);
  const bool said = n == static_cast<long>(sizeof message) && message.say == what;
  return {Step::handshake, said ? 0 : ECANCELED};
}

Outcome await(const Child& child, Say what) noexcept {
  Message message{};
  return await(child, what, message);
}

// Once gid_map is written, "deny" is refused; without "deny", an unprivileged gid_map is
// (user_namespaces(7), "The /proc/pid/setgroups file").
Outcome map_ids(const Child& child) noexcept {
  const Program& p = child.program;
  if (p.uid_map == nullptr) return await(child, Say::ids_mapped);
  if (const Done done = kernel::write_existing("/proc/self/setgroups", "deny", 4); !done) {
    return at(Step::setgroups, done);
  }
  if (const Done done = kernel::write_existing("/proc/self/uid_map", p.uid_map, p.uid_map_size);
      !done) {
    return at(Step::uid_map, done);
  }
  return at(Step::gid_map, kernel::write_existing("/proc/self/gid_map", p.gid_map, p.gid_map_size));
}

// The FIFO is made here and not by the launcher, so that whoever made it lives to remove it: a
// launcher that is killed leaves this process, which goes on until pid 1 sees that nobody owns the
// box.
Outcome make_owner(Child& child) noexcept {
  const Program& p = child.program;
  const Sys<int> boxes = kernel::sys_int(
      raw(__NR_openat, AT_FDCWD, p.boxes, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!boxes) return at(Step::owner_fifo, boxes);
  // A mount of its own, so that ".." of this descriptor leads nowhere; pid 1 keeps it.
  const Sys<int> alone = kernel::clone_tree(boxes.value, "", kernel::Depth::recursive);
  if (!alone) return at(Step::owner_fifo, alone);
  const long made = raw(__NR_mknodat, alone.value, p.name, S_IFIFO | 0600, 0);
  if (made < 0) return at(Step::owner_fifo, kernel::sys_done(made));
  child.boxes = alone.value;
  const Sys<int> writer =
      kernel::sys_int(raw(__NR_openat, alone.value, p.name, O_RDWR | O_NOFOLLOW | O_CLOEXEC));
  if (!writer) return at(Step::owner_fifo, writer);
  child.own_writer = writer.value;
  const Sys<int> reader =
      kernel::sys_int(raw(__NR_openat, alone.value, p.name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW));
  child.owner = reader.value;
  child.aside = boxes.value;
  if (reader) say(child, Say::owner_ready);
  return at(Step::owner_fifo, reader);
}

// With capabilities the box can take pid 1's descriptors (pidfd_getfd(2)). A directory of the host
// would be a way to all of it: this one is the root of a mount of its own, where ".." leads nowhere
// and nobody writes. Where the kernel cannot make that (below 5.12) the waiter alone has the lock.
Outcome hold_alone(int& lock, const char* path) noexcept {
  const Sys<int> directory = kernel::sys_int(
      raw(__NR_openat, AT_FDCWD, path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory) return at(Step::hold, directory);
  const Sys<int> alone = kernel::clone_tree(directory.value, "", kernel::Depth::recursive);
  raw(__NR_close, directory.value);
  if (!alone) return at(Step::hold, alone);
  lock = -1;
  const Done set = kernel::set_attributes(
      alone.value, kernel::kReadOnly | kernel::kNoSuid | kernel::kNoDev, kernel::Depth::recursive);
  if (set) {
    const Sys<int> root =
        kernel::sys_int(raw(__NR_openat, alone.value, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!root) return at(Step::hold, root);
    lock = root.value;
    const long held = raw(__NR_flock, lock, LOCK_SH | LOCK_NB);
    if (held < 0) return at(Step::hold, kernel::sys_done(held));
  }
  raw(__NR_close, alone.value);
  return set.err == ENOSYS ? kDone : at(Step::hold, set);
}

Outcome hold_alone(Child& child) noexcept {
  for (std::size_t i = 0; i < child.locks.size(); ++i) {
    const char* path = child.program.lock_directories[i];
    if (path == nullptr) continue;
    if (const Outcome held = hold_alone(child.locks[i], path); !held) return held;
  }
  return kDone;
}

// devbox-init from a read-only mount of its own: nothing in the box can reach the file that the
// host has.
Outcome open_init(Child& child) noexcept {
  const Sys<int> copy = kernel::clone_tree(AT_FDCWD, child.program.init, kernel::Depth::recursive);
  if (!copy) return at(Step::open_init, copy);
  child.init = copy.value;
  const Done set = kernel::set_attributes(copy.value, kernel::kReadOnly | kernel::kNoSuid,
                                          kernel::Depth::recursive);
  return at(Step::mount_attributes, set.err == ENOSYS ? Done{} : set);
}

// A process that maps the ids of the second user namespace from the first one, once it hears that
// it is made. Of more than one id only somebody can who has capabilities there, and we have none
// any more (user_namespaces(7), "Defining user and group ID mappings").
struct Mapper {
  int pid = -1;
  int go = -1;
};

[[noreturn]] void map_inner_ids(const Program& p, int told) noexcept {
  char word = 0;
  if (raw(__NR_read, told, &word, 1) != 1) raw(__NR_exit_group, 0);
  // The box's own /proc: we are its first process.
  const Done uids =
      kernel::write_existing("/proc/1/uid_map", p.inner_uid_map, p.inner_uid_map_size);
  const Done gids =
      kernel::write_existing("/proc/1/gid_map", p.inner_gid_map, p.inner_gid_map_size);
  for (;;) raw(__NR_exit_group, uids ? gids.err : uids.err);
}

Sys<Mapper> start_mapper(const Program& p) noexcept {
  int ends[2] = {-1, -1};
  if (const Done made = kernel::sys_done(raw(__NR_pipe2, ends, O_CLOEXEC)); !made)
    return {{}, made.err};
  const Sys<int> pid = kernel::sys_int(raw(__NR_clone, 17 /* SIGCHLD */));
  if (pid && pid.value == 0) {
    raw(__NR_close, ends[1]);
    map_inner_ids(p, ends[0]);
  }
  raw(__NR_close, ends[0]);
  return {{pid.value, ends[1]}, pid.err};
}

Done finish_mapper(const Mapper& mapper) noexcept {
  int status = 0;
  raw(__NR_write, mapper.go, "1", 1);
  raw(__NR_close, mapper.go);
  const long ended = raw(__NR_wait4, mapper.pid, &status, 0, nullptr);
  if (ended < 0) return kernel::sys_done(ended);
  return {{}, (status & 0x7f) != 0 ? ECANCELED : status >> 8 & 0xff};  // wait(2)
}

// A second user namespace, with copies of what the first one owns: the mounts are locked in it, and
// a capability that is kept there reaches none of them (mount_namespaces(7), "Restrictions on mount
// namespaces"). Each id maps to itself.
Outcome lock_mounts(const Program& p) noexcept {
  constexpr int kNew = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;
  const bool several = p.uid_map == nullptr;
  const Sys<Mapper> mapper = several ? start_mapper(p) : Sys<Mapper>{};
  if (!mapper) return at(Step::lock_mounts, mapper);
  const long made = raw(__NR_unshare, p.loopback ? kNew | CLONE_NEWNET : kNew);
  if (made < 0) return at(Step::lock_mounts, kernel::sys_done(made));
  if (several) return at(Step::lock_mounts, finish_mapper(mapper.value));
  const Done denied = kernel::write_existing("/proc/self/setgroups", "deny", 4);
  if (!denied) return at(Step::lock_mounts, denied);
  const Done uids =
      kernel::write_existing("/proc/self/uid_map", p.inner_uid_map, p.inner_uid_map_size);
  if (!uids) return at(Step::lock_mounts, uids);
  const Done gids =
      kernel::write_existing("/proc/self/gid_map", p.inner_gid_map, p.inner_gid_map_size);
  return at(Step::lock_mounts, gids);
}

// The box's own group becomes the root of what it sees of control groups (cgroup_namespaces(7));
// what it saw of the host's is covered. Where it has no /sys there is nothing to cover.
Outcome show_group(const Child& child) noexcept {
  constexpr const char* kMount = "/sys/fs/cgroup";
  Message grouped{};
  if (const Outcome there = await(child, Say::grouped, grouped); !there) return there;
  const Done made = kernel::sys_done(raw(__NR_unshare, CLONE_NEWCGROUP));
  if (!made) return at(Step::cgroup, made);
  const Sys<int> place = kernel::sys_int(
      raw(__NR_openat, AT_FDCWD, kMount, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (place.err == ENOENT || place.err == ENOTDIR) return kDone;
  if (!place) return at(Step::cgroup, place);
  constexpr std::uint64_t kAlways = kernel::kNoSuid | kernel::kNoDev | kernel::kNoExec;
  const Sys<int> mount = kernel::new_filesystem(
      "cgroup2", nullptr, 0, grouped.value != 0 ? kAlways : kAlways | kernel::kReadOnly);
  if (!mount) return at(Step::cgroup, mount);
  const Done attached = kernel::attach(mount.value, place.value, "");
  raw(__NR_close, mount.value);
  raw(__NR_close, place.value);
  return at(Step::cgroup, attached);
}

Outcome confine(const Child& child) noexcept {
  const Program& p = child.program;
  if (p.confinement.capabilities != 0) {
    if (const Outcome locked = lock_mounts(p); !locked) return locked;
  }
  if (p.hostname != nullptr) {
    const Done named = kernel::sys_done(raw(__NR_sethostname, p.hostname, p.hostname_size));
    if (!named) return at(Step::hostname, named);
  }
  if (p.loopback) {
    if (const Done up = kernel::raise_loopback(); !up) return at(Step::loopback, up);
  }
  return give_up(p.confinement);
}

void keep_across_exec(int fd) noexcept {
  if (fd >= 0) raw(__NR_fcntl, fd, F_SETFD, 0);
}

// The launcher's write end is open by now, or the launcher is dead: only then does ours go.
Outcome become_init(Child& child) noexcept {
  const Program& p = child.program;
  if (const Outcome owned = await(child, Say::owned); !owned) return owned;
  if (!p.kept) raw(__NR_close, child.own_writer);
  const int keep = p.kept ? child.own_writer : -1;
  const int boxes = p.pid1_forgets ? child.boxes : -1;
  kernel::write_decimal(p.socket_text, p.socket);
  kernel::write_decimal(p.owner_text, child.owner);
  kernel::write_decimal(p.boxes_text, boxes);
  kernel::write_decimal(p.keep_text, keep);
  keep_across_exec(p.socket);
  keep_across_exec(child.owner);
  keep_across_exec(boxes);
  keep_across_exec(keep);
  for (const int lock : child.locks) keep_across_exec(lock);
  stamp(p.phase_times, kConfined);
  return at(Step::exec_init, kernel::sys_done(raw(__NR_execveat, child.init, "", p.init_argv,
                                                  p.envp, AT_EMPTY_PATH)));
}

Outcome set_up(Child& child) noexcept {
  const Program& p = child.program;
  raw(__NR_close, p.peer);  // or the launcher's death would not end what we read from it
  stamp(p.phase_times, kBegun);
  if (const Outcome mapped = map_ids(child); !mapped) return mapped;
  stamp(p.phase_times, kMapped);
  if (const Outcome owned = make_owner(child); !owned) return owned;
  stamp(p.phase_times, kOwned);
  if (const Outcome held = hold_alone(child); !held) return held;
  if (const Outcome opened = open_init(child); !opened) return opened;
  if (const Outcome mounted = assemble(child); !mounted) return mounted;
  stamp(p.phase_times, kMounted);
  if (const Done entered = kernel::enter_root(child.root); !entered)
    return at(Step::pivot_root, entered);
  stamp(p.phase_times, kEntered);
  if (p.grouped) {
    if (const Outcome shown = show_group(child); !shown) return shown;
  }
  if (const Outcome confined = confine(child); !confined) return confined;
  return become_init(child);
}

}  // namespace

int child_main(void* program) noexcept {
  Child child{*static_cast<const Program*>(program)};
  const Outcome failed = set_up(child);
  // Of a box that leaves something to be removed the entry says so, until the launcher has done it.
  if (child.boxes >= 0 && !child.program.leaves)
    raw(__NR_unlinkat, child.boxes, child.program.name, 0);
  say(child, Say::failed, failed);
  return 125;
}

}  // namespace devbox::launch
