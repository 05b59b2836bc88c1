#include "host/userns.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

#include "util/fd.hpp"

namespace devbox::host {
namespace {

// A short file of /proc without its final newline; empty where it cannot be read.
std::string read_proc(const char* path) {
  const Fd file(::open(path, O_RDONLY | O_CLOEXEC));
  char bytes[4096];
  const ssize_t n = file ? ::read(file.get(), bytes, sizeof bytes) : -1;
  std::string text(bytes, n > 0 ? static_cast<std::size_t>(n) : 0);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

std::optional<long> sysctl(const std::string& name) {
  std::string path = "/proc/sys/" + name;
  for (char& c : path) {
    if (c == '.') c = '/';
  }
  const std::string text = read_proc(path.c_str());
  long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end == text.data()) return std::nullopt;
  return value;
}

std::string set_sysctl(std::string_view name, std::string_view value) {
  return fmt::format(
      "`sudo sysctl -w {}={}` allows them until the next boot; a line in /etc/sysctl.d keeps it",
      name, value);
}

// ENOSPC of clone is a limit, not a disk (clone(2), ERRORS).
Refusal limit_reached() {
  for (const char* kind : {"user", "mnt", "pid", "ipc", "uts", "cgroup", "net"}) {
    const std::string name = fmt::format("user.max_{}_namespaces", kind);
    if (const std::optional<long> limit = sysctl(name); limit && *limit == 0) {
      return {fmt::format("this host forbids {} namespaces ({} = 0)", kind, name),
              set_sysctl(name, "10000")};
    }
  }
  return {
      "a limit on namespaces is reached (one of user.max_*_namespaces), or user namespaces are "
      "nested 32 deep",
      "`sysctl -a | grep max_.*_namespaces` shows the limits; each box that runs takes one of "
      "each"};
}

bool has_setfcap() {
  constexpr unsigned kSetfcap = 31;
  const std::string status = read_proc("/proc/self/status");
  const std::size_t at = status.find("\nCapEff:\t");
  if (at == std::string::npos) return true;  // unknown: not the cause to name
  std::uint64_t bits = 0;
  std::from_chars(status.data() + at + 9, status.data() + std::min(at + 25, status.size()), bits,
                  16);
  return (bits >> kSetfcap & 1U) != 0;
}

Refusal forbidden() {
  if (sysctl("kernel.unprivileged_userns_clone") == 0) {
    return {"this host forbids unprivileged user namespaces (kernel.unprivileged_userns_clone = 0)",
            set_sysctl("kernel.unprivileged_userns_clone", "1")};
  }
  if (sysctl("kernel.apparmor_restrict_unprivileged_userns") == 1) {
    return {
        "this host forbids unprivileged user namespaces "
        "(kernel.apparmor_restrict_unprivileged_userns = 1)",
        "an AppArmor profile for this program allows it: `profile devbox /path/to/devbox "
        "flags=(unconfined) { "
        "userns, }` in /etc/apparmor.d, then `sudo apparmor_parser -r` on it"};
  }
  if (sysctl("user.max_user_namespaces") == 0) {
    return {"this host forbids user namespaces (user.max_user_namespaces = 0)",
            set_sysctl("user.max_user_namespaces", "10000")};
  }
  if (::geteuid() == 0 && !has_setfcap()) {
    return {
        "this process is uid 0 without the capability setfcap, as in a box with `map = \"root\"`, "
        "and the kernel "
        "lets nobody map such a uid 0 again (user_namespaces(7))",
        "use `map = \"self\"` for the outer box"};
  }
  if (read_proc("/proc/self/status").find("\nSeccomp:\t2") != std::string::npos) {
    return {
        "a system call filter around this process, as containers have one, forbids user namespaces",
        "start the container with `--security-opt seccomp=unconfined`, or with a filter that "
        "allows clone, "
        "unshare and mount"};
  }
  return {
      "this process may not make a user namespace, as in a chroot (clone(2), EPERM), or a security "
      "module forbids it",
      "`cat /proc/self/attr/current` shows the security label; run devbox outside the chroot"};
}

}  // namespace

Refusal why_no_namespace(int err) {
  if (err == ENOSPC || err == EUSERS) return limit_reached();
  if (err == EPERM || err == EACCES) return forbidden();
  if (err == EINVAL || err == ENOSYS) {
    return {"this kernel was built without one of the namespaces that a box needs",
            "a kernel with CONFIG_USER_NS, CONFIG_PID_NS, CONFIG_UTS_NS, CONFIG_IPC_NS and "
            "CONFIG_CGROUPS has them"};
  }
  return {};
}

}  // namespace devbox::host
