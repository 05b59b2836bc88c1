// The mounts of a box: the stage, the root on it, and one operation of the plan after the other.
// Runs in the child (child.cpp).
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "kernel/file.hpp"
#include "kernel/mount.hpp"
#include "launch/child_state.hpp"

namespace devbox::launch {
namespace {

using kernel::Done;
using kernel::raw;
using kernel::Step;
using kernel::Sys;

bool same(const char* a, const char* b, std::size_t n) noexcept {
  for (std::size_t i = 0; i < n; ++i) {
    if (a[i] != b[i]) return false;
  }
  return true;
}

void forget(KeptDirectory& kept) noexcept {
  if (kept.fd >= 0) raw(__NR_close, kept.fd);
  kept = {};
}

// The directory that the target lies in; it is the child's, not the caller's, to close.
Sys<int> parent_of(Child& child, const Operation& op) noexcept {
  KeptDirectory& kept = child.kept;
  const auto size = static_cast<std::size_t>(kernel::last_component(op.target) - op.target);
  const bool here = kept.fd >= 0 && kept.where == op.where && kept.size == size &&
                    same(kept.path, op.target, size);
  if (here) return {kept.fd, 0};
  forget(kept);
  const int base = op.where == Where::box ? child.root : child.stage;
  const Sys<int> parent = kernel::open_parent(base, op.target);
  if (parent) kept = {parent.value, op.where, op.target, size};
  return parent;
}

// What is mounted on the kept directory, or on one above it, is what its path leads to from now on.
void forget_covered(KeptDirectory& kept, const Operation& op) noexcept {
  std::size_t size = 0;
  while (op.target[size] != '\0') ++size;
  const bool covered = kept.where == op.where && kept.size > size &&
                       same(kept.path, op.target, size) && kept.path[size] == '/';
  if (covered || size == 0) forget(kept);
}

// A kept root may have taken away what the tree and the generated names have: "a" and "a/b" of
// "a/b/c".
Done make_parents(const Child& child, const char* target) noexcept {
  char path[4096];
  for (std::size_t i = 0; target[i] != '\0' && i + 1 < sizeof path; ++i) {
    path[i] = '\0';
    if (target[i] == '/') {
      const Sys<int> above = kernel::open_parent(child.root, path);
      if (!above) return {{}, above.err};
      const long made = raw(__NR_mkdirat, above.value, kernel::last_component(path), 0755);
      raw(__NR_close, above.value);
      if (made < 0 && made != -EEXIST) return kernel::sys_done(made);
    }
    path[i] = target[i];
  }
  return {};
}

Outcome attach(Child& child, int mount, const Operation& op) noexcept {
  Sys<int> parent = parent_of(child, op);
  if (parent.err == ENOENT && op.make && child.program.root_is_writable) {
    if (const Done made = make_parents(child, op.target); !made)
      return at(Step::make_directory, made);
    parent = parent_of(child, op);
  }
  if (!parent) return at(Step::open_target, parent);
  const char* name = kernel::last_component(op.target);
  if (op.make) {
    const long made = op.is_file ? raw(__NR_mknodat, parent.value, name, S_IFREG | 0644, 0)
                                 : raw(__NR_mkdirat, parent.value, name, 0755);
    if (made < 0 && made != -EEXIST)
      return at(op.is_file ? Step::make_file : Step::make_directory, kernel::sys_done(made));
  }
  if (const Done moved = kernel::attach(mount, parent.value, name); !moved)
    return at(moved.err == ENOENT ? Step::open_target : Step::move_mount, moved);
  forget_covered(child.kept, op);
  return kDone;
}

// The stage lies on the host's "/", and so a copy of it on a copy of that: it is what the target
// shows until it is taken off.
Outcome uncover(Child& child, const Operation& op) noexcept {
  const Sys<int> parent = parent_of(child, op);
  if (!parent) return at(Step::open_target, parent);
  const char* name = kernel::last_component(op.target);
  const Done away = kernel::detach(parent.value, name);
  if (!away) return at(Step::move_mount, away);
  return at(Step::stage, kernel::sys_done(raw(__NR_fchdir, child.stage)));
}

Outcome place_copy(Child& child, int copy, const Operation& op) noexcept {
  const Done set = kernel::set_attributes(copy, op.attributes, kernel::Depth::recursive);
  if (!set && set.err != ENOSYS) return at(Step::mount_attributes, set);
  if (const Outcome done = attach(child, copy, op); !done) return done;
  const bool is_host_root = op.base == Base::host && op.source[0] == '/' && op.source[1] == '\0';
  if (is_host_root) {
    if (const Outcome done = uncover(child, op); !done) return done;
  }
  if (set || op.attributes == 0) return kDone;
  // Linux 5.2 to 5.11: by mount(2), which wants it attached, and finds what lies on it by its path.
  return at(Step::mount_attributes, kernel::remount(copy, op.attributes, kernel::Depth::recursive));
}

Outcome bind(Child& child, const Operation& op) noexcept {
  const int bases[] = {AT_FDCWD, child.tree, child.stage, child.root};
  const Sys<int> copy =
      kernel::clone_tree(bases[static_cast<int>(op.base)], op.source, kernel::Depth::recursive);
  if (copy.err == ENOENT && op.optional) return kDone;
  if (!copy) return at(Step::open_tree, copy);
  const Outcome done = place_copy(child, copy.value, op);
  raw(__NR_close, copy.value);
  return done;
}

Outcome mount_new(Child& child, const Operation& op, Step step, const Sys<int>& made) noexcept {
  if (!made) return at(step, made);
  const Outcome done = attach(child, made.value, op);
  raw(__NR_close, made.value);
  return done;
}

Sys<int> new_tmpfs(const char* mode, const char* size, std::uint64_t attributes) noexcept {
  const kernel::Parameter parameters[] = {{"mode", mode}, {"size", size}};
  return kernel::new_filesystem("tmpfs", parameters, size == nullptr ? 1 : 2, attributes);
}

Outcome make_one(Child& child, const Operation& op) noexcept {
  const Sys<int> parent = parent_of(child, op);
  if (!parent) return at(Step::open_target, parent);
  const char* name = kernel::last_component(op.target);
  if (op.action == Action::directory) {
    const long made = raw(__NR_mkdirat, parent.value, name, op.mode);
    const Sys<int> like =
        op.like == nullptr ? Sys<int>{-1, ENOENT} : kernel::open_below(child.directories, op.like);
    if (!like) return at(Step::make_directory, kernel::sys_done(made == -EEXIST ? 0 : made));
    const Done looks = look_like(like.value, parent.value, name);
    raw(__NR_close, like.value);
    return at(Step::make_directory, looks);
  }
  if (op.action == Action::symlink) {
    const long made = raw(__NR_symlinkat, op.text, parent.value, name);
    return at(Step::make_symlink, kernel::sys_done(made));
  }
  return at(Step::make_file, kernel::write_file(parent.value, name, op.text, op.size, op.mode));
}

// Whole or not at all: by a rename, with the mode and owner of what was there.
Outcome rewrite(Child& child, const Operation& op) noexcept {
  constexpr const char* kNew = ".devbox-new";
  const Sys<int> parent = parent_of(child, op);
  if (!parent) return at(Step::open_target, parent);
  const char* name = kernel::last_component(op.target);
  const Sys<int> old = kernel::open_below(parent.value, name);
  if (!old) return at(Step::open_target, old);
  raw(__NR_unlinkat, parent.value, kNew, 0);
  Done done = kernel::write_file(parent.value, kNew, op.text, op.size, 0600);
  if (done) done = look_like(old.value, parent.value, kNew);
  if (done) done = kernel::sys_done(raw(__NR_renameat2, parent.value, kNew, parent.value, name, 0));
  raw(__NR_close, old.value);
  return at(Step::make_file, done);
}

// On the stage; a name that no mount of the host has, since mountinfo shows both alike.
constexpr const char* kRootName = ".devbox-root";

Outcome put_root(Child& child, int root) noexcept {
  child.root = root;
  raw(__NR_mkdirat, child.stage, kRootName, 0700);
  return at(Step::move_mount, kernel::attach(root, child.stage, kRootName));
}

Outcome writable(Child& child, const Operation& op) noexcept {
  const NewOverlay made = new_writable(child, op);
  if (!made.outcome) return made.outcome;
  return op.base == Base::tree ? put_root(child, made.mount)
                               : mount_new(child, op, Step::writable, {made.mount, 0});
}

Outcome seal(const Child& child, const Operation& op) noexcept {
  const Sys<int> target = kernel::open_below(child.root, op.target);
  if (!target) return at(Step::open_target, target);
  Done set = kernel::set_attributes(target.value, op.attributes, kernel::Depth::one);
  if (set.err == ENOSYS) set = kernel::remount(target.value, op.attributes, kernel::Depth::one);
  raw(__NR_close, target.value);
  return at(Step::mount_attributes, set);
}

Outcome carry_out(Child& child, const Operation& op) noexcept {
  using kernel::new_filesystem;
  switch (op.action) {
    case Action::bind:
      return bind(child, op);
    case Action::tmpfs:
      return mount_new(child, op, Step::tmpfs, new_tmpfs(op.mode_text, op.text, op.attributes));
    case Action::proc:
      return mount_new(child, op, Step::proc, new_filesystem("proc", nullptr, 0, op.attributes));
    case Action::sysfs:
      return mount_new(child, op, Step::sysfs, new_filesystem("sysfs", nullptr, 0, op.attributes));
    case Action::devpts: {
      const kernel::Parameter parameters[] = {{"ptmxmode", "0666"}, {"mode", "0620"}};
      return mount_new(child, op, Step::devpts,
                       new_filesystem("devpts", parameters, 2, op.attributes));
    }
    case Action::overlay: {
      const kernel::Parameter lower{"lowerdir", op.text};
      return mount_new(child, op, Step::overlay,
                       new_filesystem("overlay", &lower, 1, op.attributes));
    }
    case Action::writable:
      return writable(child, op);
    case Action::rewrite:
      return rewrite(child, op);
    case Action::directory:
    case Action::file:
    case Action::symlink:
      return make_one(child, op);
    case Action::seal:
      return seal(child, op);
  }
  return {Step::none, EINVAL};
}

// Nothing of ours reaches the host: a less privileged mount namespace starts with every shared
// mount made a slave (mount_namespaces(7), "Restrictions on mount namespaces").
//
// The stage lies on "/", where absolute paths, which start below it, do not see it: every host path
// stays in reach. It holds the root while that is built, and what the root needs from nowhere else.
Outcome build_stage(Child& child) noexcept {
  const Program& p = child.program;
  const Sys<int> tree =
      kernel::sys_int(raw(__NR_openat, AT_FDCWD, p.tree, O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!tree) return at(Step::open_source, tree);
  child.tree = child.directories = tree.value;
  if (p.directories != nullptr) {
    const Sys<int> layer = kernel::sys_int(
        raw(__NR_openat, AT_FDCWD, p.directories, O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!layer) return at(Step::open_source, layer);
    child.directories = layer.value;
  }
  const Sys<int> stage = new_tmpfs("0700", nullptr, kernel::kNoSuid | kernel::kNoDev);
  if (!stage) return at(Step::tmpfs, stage);
  child.stage = stage.value;
  const Sys<int> host_root =
      kernel::sys_int(raw(__NR_openat, AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!host_root) return at(Step::stage, host_root);
  if (const Done done = kernel::attach(child.stage, host_root.value, ""); !done)
    return at(Step::stage, done);
  raw(__NR_close, host_root.value);
  // Overlays name their generated layer relative to here.
  return at(Step::stage, kernel::sys_done(raw(__NR_fchdir, child.stage)));
}

Outcome build_root(Child& child) noexcept {
  constexpr std::uint64_t kTree = kernel::kReadOnly | kernel::kNoSuid | kernel::kNoDev;
  const bool is_tree = child.program.root_is_tree;
  const Sys<int> root = is_tree ? kernel::clone_tree(child.tree, "", kernel::Depth::recursive)
                                : new_tmpfs("0755", nullptr, kernel::kNoSuid | kernel::kNoDev);
  if (!root) return at(is_tree ? Step::open_tree : Step::tmpfs, root);
  Done set;
  if (is_tree) set = kernel::set_attributes(root.value, kTree, kernel::Depth::recursive);
  if (!set && set.err != ENOSYS) return at(Step::mount_attributes, set);
  if (const Outcome put = put_root(child, root.value); !put) return put;
  if (set.err != ENOSYS) return kDone;
  return at(Step::mount_attributes, kernel::remount(root.value, kTree, kernel::Depth::recursive));
}

}  // namespace

Outcome assemble(Child& child) noexcept {
  const Program& p = child.program;
  if (const Outcome stage = build_stage(child); !stage) return stage;
  if (!p.root_is_writable) {
    if (const Outcome root = build_root(child); !root) return root;
  }
  for (int i = 0; i < p.count; ++i) {
    child.index = i;
    if (const Outcome done = carry_out(child, p.operations[i]); !done) return done;
    stamp(p.operation_times, i);
  }
  child.index = -1;
  forget(child.kept);
  // Away from "/", or the one umount of enter_root would find the stage and leave the old root
  // behind. A second umount would do too, but each waits for a grace period of RCU, and a move does
  // not.
  return at(Step::stage, kernel::attach(child.stage, child.aside, ""));
}

}  // namespace devbox::launch
