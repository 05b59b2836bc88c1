#include "host/userns.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <climits>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "util/fd.hpp"
#include "util/text.hpp"

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

std::optional<long> value_of(const Restrictions& found, const std::string& name) {
  const auto sysctl = found.sysctls.find(name);
  return sysctl == found.sysctls.end() ? std::nullopt : std::optional(sysctl->second);
}

std::string max_namespaces(std::string_view kind) {
  return fmt::format("user.max_{}_namespaces", kind);
}

constexpr const char* kKinds[] = {"user", "mnt", "pid", "ipc", "uts", "cgroup", "net"};
constexpr const char* kClone = "kernel.unprivileged_userns_clone";  // of Debian's kernels
constexpr const char* kAppArmor = "kernel.apparmor_restrict_unprivileged_userns";  // of Ubuntu's

// ENOSPC of clone is a limit, not a disk (clone(2), ERRORS).
Refusal limit_reached(const Restrictions& found) {
  for (const char* kind : kKinds) {
    if (const std::string name = max_namespaces(kind); value_of(found, name) == 0) {
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

bool has_setfcap(const std::string& status) {
  constexpr unsigned kSetfcap = 31;
  const std::size_t at = status.find("\nCapEff:\t");
  if (at == std::string::npos) return true;  // unknown: not the cause to name
  std::uint64_t bits = 0;
  std::from_chars(status.data() + at + 9, status.data() + std::min(at + 25, status.size()), bits,
                  16);
  return (bits >> kSetfcap & 1U) != 0;
}

Refusal restricted_by_apparmor(const Restrictions& found) {
  return {
      fmt::format("this host forbids unprivileged user namespaces ({} = 1)", kAppArmor),
      fmt::format(
          "an AppArmor profile allows them for this program alone: `printf 'abi "
          "<abi/4.0>,\\nprofile devbox \"%s\" flags=(unconfined) {{ userns, }}\\n' '{}' | sudo tee "
          "/etc/apparmor.d/devbox && sudo apparmor_parser -r /etc/apparmor.d/devbox`",
          printable(found.program))};
}

Refusal filtered_for(std::string_view what) {
  return {fmt::format(
              "a system call filter around this process, as containers have one, forbids {}", what),
          "start the container with `--security-opt seccomp=unconfined`, or with a filter that "
          "allows clone, unshare and mount"};
}

Refusal forbidden(const Restrictions& found) {
  if (value_of(found, kClone) == 0) {
    return {fmt::format("this host forbids unprivileged user namespaces ({} = 0)", kClone),
            set_sysctl(kClone, "1")};
  }
  if (value_of(found, kAppArmor) == 1) return restricted_by_apparmor(found);
  if (const std::string name = max_namespaces("user"); value_of(found, name) == 0) {
    return {fmt::format("this host forbids user namespaces ({} = 0)", name),
            set_sysctl(name, "10000")};
  }
  if (found.root_without_setfcap) {
    return {
        "this process is uid 0 without the capability setfcap, as in a box with `map = \"root\"`, "
        "and the kernel lets nobody map such a uid 0 again (user_namespaces(7))",
        "use `map = \"self\"` for the outer box"};
  }
  if (found.filtered) return filtered_for("user namespaces");
  return {
      "this process may not make a user namespace, as in a chroot (clone(2), EPERM), or a security "
      "module forbids it",
      "`cat /proc/self/attr/current` shows the security label; run devbox outside the chroot"};
}

}  // namespace

Restrictions restrictions() {
  Restrictions found;
  std::vector<std::string> names = {kClone, kAppArmor};
  for (const char* kind : kKinds) names.push_back(max_namespaces(kind));
  for (const std::string& name : names) {
    if (const std::optional<long> value = sysctl(name)) found.sysctls.emplace(name, *value);
  }
  const std::string status = read_proc("/proc/self/status");
  found.root_without_setfcap = ::geteuid() == 0 && !has_setfcap(status);
  found.filtered = status.find("\nSeccomp:\t2") != std::string::npos;
  char program[PATH_MAX];
  const ssize_t size = ::readlink("/proc/self/exe", program, sizeof program);
  found.program.assign(program, static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  return found;
}

Refusal why_no_namespace(int err, const Restrictions& found) {
  if (err == ENOSPC || err == EUSERS) return limit_reached(found);
  if (err == EPERM || err == EACCES) return forbidden(found);
  if (err == EINVAL || err == ENOSYS) {
    return {"this kernel was built without one of the namespaces that a box needs",
            "a kernel with CONFIG_USER_NS, CONFIG_PID_NS, CONFIG_UTS_NS, CONFIG_IPC_NS and "
            "CONFIG_CGROUPS has them"};
  }
  return {};
}

Refusal why_no_capability(const Restrictions& found) {
  if (value_of(found, kAppArmor) == 1) return restricted_by_apparmor(found);
  return found.filtered ? filtered_for("mounts") : Refusal{};
}

}  // namespace devbox::host
