#include "host/failure.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <string>

#include "host/cannot.hpp"
#include "host/userns.hpp"
#include "util/text.hpp"

namespace devbox::host {
namespace {

using kernel::Step;

// Sources: the ERRORS of clone(2), mount(2), open_tree(2), move_mount(2), user_namespaces(7),
// mount_namespaces(7) and seccomp(2).
constexpr Hint kHints[] = {
    {Step::proc, EPERM,
     "a fresh /proc is refused where the outer one is partly covered, as in most containers; start "
     "the container "
     "with `--security-opt systempaths=unconfined` (docker) or `--security-opt unmask=ALL` "
     "(podman)"},
    {Step::sysfs, EPERM,
     "a fresh /sys is refused where the outer one is partly covered; use `network.mode = "
     "\"host\"`, or start the "
     "container with /sys unmasked"},
    {Step::overlay, EPERM, "overlays in a user namespace need Linux 5.11 or later"},
    {Step::overlay, ENODEV,
     "this kernel has no overlay filesystem; `sudo modprobe overlay` loads it",
     "sudo modprobe overlay"},
    {Step::overlay, EINVAL,
     "something is mounted inside that directory of the tree, or its path has a comma; move the "
     "tree"},
    {Step::upper, EOPNOTSUPP,
     "its file system has no user extended attributes, which an overlay needs (tmpfs has them from "
     "Linux 6.6, NFS and FUSE mostly not); set XDG_STATE_HOME to a directory on ext4, xfs or "
     "btrfs"},
    {Step::upper, EREMOTE,
     "an overlay cannot write to a network file system; set XDG_STATE_HOME to a directory on a "
     "local one"},
    {Step::upper, EXDEV,
     "it is on an overlay itself, as in a container, and no overlay can write to another; set "
     "XDG_STATE_HOME to a directory on ext4, xfs, btrfs or tmpfs (in a container, to a volume)"},
    {Step::upper, EINVAL,
     "its file system does not say what kind its files are (d_type), which an overlay needs; set "
     "XDG_STATE_HOME to a directory on ext4, xfs or btrfs"},
    {Step::writable, EPERM, "overlays in a user namespace need Linux 5.11 or later"},
    {Step::writable, ENODEV,
     "this kernel has no overlay filesystem; `sudo modprobe overlay` loads it",
     "sudo modprobe overlay"},
    {Step::writable, EINVAL,
     "something is mounted inside the tree or the workspace (`findmnt -R` lists it), which an "
     "overlay "
     "cannot take in, or "
     "the file system of the state directory cannot be written by one; move the tree, or set "
     "XDG_STATE_HOME to a directory on ext4, xfs or btrfs"},
    {Step::writable, ELOOP,
     "the state directory lies in what the overlay is over; set XDG_STATE_HOME to a directory "
     "outside of it"},
    {Step::tmpfs, ENOSPC, "the fs.mount-max limit is reached; the disk is not full"},
    {Step::move_mount, ENOSPC, "the fs.mount-max limit is reached; the disk is not full"},
    {Step::open_tree, ENOSPC, "the fs.mount-max limit is reached; the disk is not full"},
    {Step::open_tree, ENOENT, "it was there when the plan was made; start again"},
    {Step::open_tree, ENOSYS,
     "devbox needs Linux 5.2 or later, or a system call filter that allows open_tree"},
    {Step::tmpfs, ENOSYS,
     "devbox needs Linux 5.2 or later, or a system call filter that allows fsopen"},
    {Step::open_tree, EPERM,
     "a system call filter around this process, as containers have one, forbids mounts"},
    {Step::tmpfs, EPERM,
     "a system call filter or a security module around this process forbids mounts"},
    {Step::mount_attributes, EPERM,
     "a filesystem that is mounted there does not allow its flags to be changed"},
    {Step::move_mount, ENOTDIR, "one of the two is a directory and the other is a file"},
    {Step::move_mount, EINVAL, "one of the two is a directory and the other is a file or a link"},
    {Step::open_target, ENOENT,
     "nothing of that name is there to mount on; make it, or mount somewhere else"},
    {Step::open_target, ELOOP, "a symbolic link lies on the way; name the place that it leads to"},
    {Step::open_target, ENOTDIR, "a file lies on the way; choose another target"},
    {Step::make_directory, EROFS,
     "the directory that it would be made in is read-only; make it on the host"},
    {Step::make_file, EROFS,
     "the directory that it would be made in is read-only; make it on the host"},
    {Step::make_directory, EACCES, "the directory that it would be made in is not yours to write"},
    {Step::make_file, ENOSPC, "the file system is full; free some space and try again"},
    {Step::hostname, EPERM,
     "a system call filter around this process, as containers have one, forbids sethostname; start "
     "the container with `--security-opt seccomp=unconfined`"},
    {Step::pivot_root, EINVAL,
     "the host's root is an initramfs, which pivot_root(2) cannot leave; switch to a real root"},
    {Step::seccomp, EINVAL,
     "this kernel has no system call filters (CONFIG_SECCOMP_FILTER); `security.seccomp = \"off\"` "
     "does without"},
    {Step::seccomp, ENOSYS,
     "this kernel has no system call filters (CONFIG_SECCOMP_FILTER); `security.seccomp = \"off\"` "
     "does without"},
    {Step::exec_init, EACCES,
     "the file system that devbox is installed on is mounted noexec; install it elsewhere"},
    {Step::open_init, ENOENT, "the installation is not complete; install devbox again"},
    {Step::owner_fifo, EACCES,
     "the runtime directory is not yours; remove it, or set XDG_RUNTIME_DIR"},
    {Step::owner_fifo, ENOSPC,
     "the file system of the runtime directory is full; free some space there"},
    {Step::keyring, EDQUOT,
     "every box without a filter needs a keyring, and a user may have 200 keys "
     "(kernel.keys.maxkeys); end some boxes, "
     "or use `security.seccomp = \"default\"`, which keeps every key out of reach"},
    {Step::handshake, ECANCELED, "the launcher ended before the box was up"},
    {Step::working_directory, ENOENT,
     "there is no such directory inside the box; `--cwd` names another"},
    {Step::working_directory, ENOTDIR,
     "it is not a directory inside the box; `--cwd` names another"},
    {Step::working_directory, EACCES, "you may not enter it inside the box; `--cwd` names another"},
    {Step::uid_map, EINVAL, "the ids do not fit this user namespace; `devbox plan` shows the map"},
};

const Hint* find_hint(Step step, int err) {
  for (const Hint& hint : kHints) {
    if (hint.step == step && hint.err == err) return &hint;
  }
  return nullptr;
}

bool is_about_namespaces(Step step) {
  return step == Step::clone || step == Step::uid_map || step == Step::gid_map ||
         step == Step::setgroups;
}

// Where helpers wrote the id maps, this is the first step that needs a capability.
bool is_about_capabilities(Step step, int err) { return step == Step::owner_fifo && err == EPERM; }

Refusal refusal_of(Step step, int err, const Restrictions& found) {
  if (is_about_namespaces(step)) return why_no_namespace(err, found);
  if (is_about_capabilities(step, err)) return why_no_capability(found);
  return {};
}

}  // namespace

std::span<const Hint> hints() { return kHints; }

Refusal explain(Step step, int err, const Restrictions& found) {
  if (Refusal refusal = refusal_of(step, err, found); !refusal.cause.empty()) return refusal;
  const Hint* hint = find_hint(step, err);
  if (hint == nullptr) return {errno_text(err), std::string(errno_hint(err)), {}};
  Refusal refusal{errno_text(err), std::string(hint->text), {}};
  if (!hint->command.empty()) refusal.commands.emplace_back(hint->command);
  return refusal;
}

Error failure(Step step, int err, std::string_view subject) {
  const bool asks = is_about_namespaces(step) || is_about_capabilities(step, err);
  const Refusal refusal = explain(step, err, asks ? restrictions() : Restrictions{});
  return Error(
      fmt::format("cannot {} {}: {}", kernel::describe(step), printable(subject), refusal.cause),
      refusal.fix);
}

}  // namespace devbox::host
