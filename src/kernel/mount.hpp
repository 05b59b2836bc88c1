// The mount API of Linux 5.2 and later (open_tree(2), fsopen(2), move_mount(2), mount_setattr(2)),
// and mount(2) where a kernel has no mount_setattr.
#pragma once

#include <cstdint>

#include "kernel/sys.hpp"

namespace devbox::kernel {

// Bits of mount_setattr(2).
inline constexpr std::uint64_t kReadOnly = 0x1;
inline constexpr std::uint64_t kNoSuid = 0x2;
inline constexpr std::uint64_t kNoDev = 0x4;
inline constexpr std::uint64_t kNoExec = 0x8;

enum class Depth { one, recursive };

// A detached copy of the mount at `path` below `directory` (or of `directory` itself where `path`
// is ""), links not followed at the end. In a user namespace a copy of anything with submounts must
// be recursive: otherwise EINVAL (mount_namespaces(7), "Restrictions on mount namespaces").
Sys<int> clone_tree(int directory, const char* path, Depth depth) noexcept;

// One parameter of a new filesystem; `value` null sets a flag.
struct Parameter {
  const char* key;
  const char* value;
};

// A detached mount of a new filesystem, with `attributes` from the start. `count` parameters.
Sys<int> new_filesystem(const char* type, const Parameter* parameters, int count,
                        std::uint64_t attributes) noexcept;

// Attaches a detached mount on `name` in `directory` (O_PATH), a symbolic link too: one component,
// or "" for the directory itself.
Done attach(int mount, int directory, const char* name) noexcept;

// Takes off what is mounted topmost on `name`, one component, in `directory`, with all below it.
// Leaves `directory` as the working directory: umount2(2) knows no other.
Done detach(int directory, const char* name) noexcept;

// Adds `attributes` to a mount and makes it private, so that what the host mounts later does not
// come in without them. A bind mount ignores every flag but MS_REC at its making, so this is a
// second step (mount(2), "Creating a bind mount"). ENOSYS below Linux 5.12: then use remount, once
// it is attached.
Done set_attributes(int mount, std::uint64_t attributes, Depth depth) noexcept;

// Takes `attributes` off a mount that is nobody else's. ENOSYS below Linux 5.12.
Done clear_attributes(int mount, std::uint64_t attributes) noexcept;

// As set_attributes, through mount(2), for an attached mount: each submount is found in mountinfo,
// its locked flags are kept. The working directory must be the root of what is mounted on "/": the
// paths of mountinfo are taken relative to it, because absolute ones start below that mount.
Done remount(int mount, std::uint64_t attributes, Depth depth) noexcept;

// pivot_root(2), "pivot_root(".", ".")": `root` becomes "/" and the working directory, and every
// mount of the old root is gone. Nothing may be mounted on the old "/" itself but below it: the one
// umount would take that alone, and "/.." would lead to the old root.
Done enter_root(int root) noexcept;

}  // namespace devbox::kernel
