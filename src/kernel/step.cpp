#include "kernel/step.hpp"

namespace devbox::kernel {
namespace {

struct Row {
  Step step;
  const char* text;
};
constexpr Row kRows[] = {
    {Step::none, "do nothing"},
    {Step::clone, "make the namespaces of"},
    {Step::setgroups, "give up setgroups in"},
    {Step::uid_map, "write the uid map of"},
    {Step::gid_map, "write the gid map of"},
    {Step::id_helper, "map the subordinate ids with"},
    {Step::set_ids, "take the user's ids in"},
    {Step::owner_fifo, "make the box's entry in"},
    {Step::hold, "hold the lock of"},
    {Step::stage, "mount the directory that the root is built in on"},
    {Step::open_source, "open"},
    {Step::open_target, "reach, inside the box,"},
    {Step::open_tree, "bind"},
    {Step::mount_attributes, "set the mount flags of"},
    {Step::move_mount, "mount on"},
    {Step::tmpfs, "mount a tmpfs on"},
    {Step::proc, "mount a fresh /proc on"},
    {Step::sysfs, "mount a fresh /sys on"},
    {Step::devpts, "mount a devpts on"},
    {Step::overlay, "mount the generated overlay on"},
    {Step::upper, "keep what a box writes in"},
    {Step::writable, "mount the writable overlay on"},
    {Step::make_directory, "make the directory"},
    {Step::make_file, "make the file"},
    {Step::make_symlink, "make the link"},
    {Step::pivot_root, "enter the box's root"},
    {Step::cgroup, "show the box its own cgroup on"},
    {Step::lock_mounts, "lock the mounts of"},
    {Step::hostname, "set the host name to"},
    {Step::loopback, "bring up the loopback interface of"},
    {Step::keyring, "join a new session keyring in"},
    {Step::capabilities, "drop the capabilities of"},
    {Step::no_new_privs, "set no_new_privs in"},
    {Step::seccomp, "install the system call filter of"},
    {Step::open_init, "open"},
    {Step::exec_init, "start"},
    {Step::working_directory, "enter the working directory"},
    {Step::rlimit, "set the resource limits of"},
    {Step::exec_command, "run"},
    {Step::join, "join"},
    {Step::handshake, "hear from"},
};

}  // namespace

const char* describe(Step step) noexcept {
  for (const Row& row : kRows) {
    if (row.step == step) return row.text;
  }
  return "start";
}

}  // namespace devbox::kernel
