#include "kernel/mount.hpp"

#include <fcntl.h>
#include <linux/mount.h>
#include <sys/mount.h>

#include "kernel/raw.hpp"

namespace devbox::kernel {

Sys<int> clone_tree(int directory, const char* path, Depth depth) noexcept {
  unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH;
  if (depth == Depth::recursive) flags |= AT_RECURSIVE;
  return sys_int(raw(__NR_open_tree, directory, path, flags));
}

Sys<int> new_filesystem(const char* type, const Parameter* parameters, int count,
                        std::uint64_t attributes) noexcept {
  const Sys<int> context = sys_int(raw(__NR_fsopen, type, FSOPEN_CLOEXEC));
  if (!context) return context;
  long result = 0;
  for (int i = 0; i < count && result == 0; ++i) {
    const auto& [key, value] = parameters[i];
    const int command = value == nullptr ? FSCONFIG_SET_FLAG : FSCONFIG_SET_STRING;
    result = raw(__NR_fsconfig, context.value, command, key, value, 0);
  }
  if (result == 0)
    result = raw(__NR_fsconfig, context.value, FSCONFIG_CMD_CREATE, nullptr, nullptr, 0);
  if (result == 0) result = raw(__NR_fsmount, context.value, FSMOUNT_CLOEXEC, attributes);
  raw(__NR_close, context.value);
  return sys_int(result);
}

Done attach(int mount, int directory, const char* name) noexcept {
  constexpr unsigned kFlags = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH;
  return sys_done(raw(__NR_move_mount, mount, "", directory, name, kFlags));
}

Done detach(int directory, const char* name) noexcept {
  if (const Done moved = sys_done(raw(__NR_fchdir, directory)); !moved) return moved;
  return sys_done(raw(__NR_umount2, name, MNT_DETACH | UMOUNT_NOFOLLOW));
}

Done set_attributes(int mount, std::uint64_t attributes, Depth depth) noexcept {
  struct mount_attr change {};
  change.attr_set = attributes;
  change.propagation = MS_PRIVATE;
  const unsigned flags = AT_EMPTY_PATH | (depth == Depth::recursive ? AT_RECURSIVE : 0U);
  return sys_done(raw(__NR_mount_setattr, mount, "", flags, &change, sizeof change));
}

Done clear_attributes(int mount, std::uint64_t attributes) noexcept {
  struct mount_attr change {};
  change.attr_clr = attributes;
  return sys_done(raw(__NR_mount_setattr, mount, "", AT_EMPTY_PATH, &change, sizeof change));
}

Done enter_root(int root) noexcept {
  if (const Done moved = sys_done(raw(__NR_fchdir, root)); !moved) return moved;
  if (const Done pivoted = sys_done(raw(__NR_pivot_root, ".", ".")); !pivoted) return pivoted;
  // The old root now lies on the new one, and "." finds what is topmost there.
  if (const Done detached = sys_done(raw(__NR_umount2, ".", MNT_DETACH)); !detached)
    return detached;
  return sys_done(raw(__NR_chdir, "/"));
}

}  // namespace devbox::kernel
