// The steps of a start, as the child reports them and as messages and hints name them.
#pragma once

namespace devbox::kernel {

enum class Step : int {
  none,
  clone,
  setgroups,
  uid_map,
  gid_map,
  id_helper,
  set_ids,
  owner_fifo,
  hold,
  stage,
  open_source,
  open_target,
  open_tree,
  mount_attributes,
  move_mount,
  tmpfs,
  proc,
  sysfs,
  devpts,
  overlay,
  upper,
  writable,
  make_directory,
  make_file,
  make_symlink,
  pivot_root,
  cgroup,
  lock_mounts,
  hostname,
  loopback,
  keyring,
  capabilities,
  no_new_privs,
  seccomp,
  open_init,
  exec_init,
  working_directory,
  rlimit,
  exec_command,
  join,
  handshake,
};

// The step as a person reads it after "cannot": "make a user namespace", "mount a tmpfs on".
const char* describe(Step step) noexcept;

}  // namespace devbox::kernel
