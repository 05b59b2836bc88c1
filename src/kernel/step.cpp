#include "kernel/step.hpp"

namespace devbox::kernel {

const char* describe(Step step) noexcept {
  switch (step) {
    case Step::none:
      return "do nothing";
    case Step::clone:
      return "make the namespaces of";
    case Step::setgroups:
      return "give up setgroups in";
    case Step::uid_map:
      return "write the uid map of";
    case Step::gid_map:
      return "write the gid map of";
    case Step::id_helper:
      return "map the subordinate ids with";
    case Step::set_ids:
      return "take the user's ids in";
    case Step::owner_fifo:
      return "make the box's entry in";
    case Step::stage:
      return "mount the directory that the root is built in on";
    case Step::open_source:
      return "open";
    case Step::open_target:
      return "reach, inside the box,";
    case Step::open_tree:
      return "bind";
    case Step::mount_attributes:
      return "set the mount flags of";
    case Step::move_mount:
      return "mount on";
    case Step::tmpfs:
      return "mount a tmpfs on";
    case Step::proc:
      return "mount a fresh /proc on";
    case Step::sysfs:
      return "mount a fresh /sys on";
    case Step::devpts:
      return "mount a devpts on";
    case Step::overlay:
      return "mount the generated overlay on";
    case Step::make_directory:
      return "make the directory";
    case Step::make_file:
      return "make the file";
    case Step::make_symlink:
      return "make the link";
    case Step::pivot_root:
      return "enter the box's root";
    case Step::lock_mounts:
      return "lock the mounts of";
    case Step::hostname:
      return "set the host name to";
    case Step::loopback:
      return "bring up the loopback interface of";
    case Step::keyring:
      return "join a new session keyring in";
    case Step::capabilities:
      return "drop the capabilities of";
    case Step::no_new_privs:
      return "set no_new_privs in";
    case Step::seccomp:
      return "install the system call filter of";
    case Step::open_init:
      return "open";
    case Step::exec_init:
      return "start";
    case Step::working_directory:
      return "enter the working directory";
    case Step::exec_command:
      return "run";
    case Step::handshake:
      return "hear from";
  }
  return "start";
}

}  // namespace devbox::kernel
