#include "host/userns.hpp"

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

#include "host/files.hpp"
#include "util/text.hpp"

namespace devbox::host {
namespace {

// A file of /proc without its final newline; empty where it cannot be read.
std::string read_proc(const char* path) {
  std::string text = contents(path, std::size_t{1} << 20).bytes;
  while (!text.empty() && (text.back() == '\n' || text.back() == '\0')) text.pop_back();
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

// The file is the sysctl's own, so that it can be written again (sysctl.d(5)).
Refusal by_sysctl(std::string cause, std::string_view name, std::string_view value) {
  const std::string now = fmt::format("sudo sysctl -w {}={}", name, value);
  return {
      std::move(cause),
      fmt::format("`{}` allows them until the next boot; a line in /etc/sysctl.d keeps it", now),
      {now, fmt::format("echo '{0} = {1}' | sudo tee /etc/sysctl.d/60-{0}.conf", name, value)}};
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

Refusal forbidden_by_limit(std::string_view kind) {
  const std::string name = max_namespaces(kind);
  return by_sysctl(fmt::format("this host forbids {} namespaces ({} = 0)", kind, name), name,
                   "10000");
}

// ENOSPC of clone is a limit, not a disk (clone(2), ERRORS).
Refusal limit_reached(const Restrictions& found) {
  if (const std::vector<Limit> limits = forbidding_limits(found); !limits.empty())
    return limits.front().refusal;
  return {
      "a limit on namespaces is reached (one of user.max_*_namespaces), or user namespaces are "
      "nested 32 deep",
      "`sysctl -a | grep max_.*_namespaces` shows the limits; each box that runs takes one of "
      "each",
      {}};
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

// In the quotes of a profile these would be a pattern, or end it (apparmor.d(5), "Globbing").
std::string apparmor_path(std::string_view path) {
  std::string text;
  for (const char c : path) {
    if (std::string_view("\"\\*?[]{}^@").find(c) != std::string_view::npos) text += '\\';
    text += c;
  }
  return text;
}

Refusal restricted_by_apparmor(const Restrictions& found) {
  const std::string write = fmt::format(
      "printf 'abi <abi/4.0>,\\nprofile devbox \"%s\" flags=(unconfined) {{ userns, }}\\n' {} | "
      "sudo "
      "tee /etc/apparmor.d/devbox",
      shell_quoted(apparmor_path(found.program)));
  const std::string load = "sudo apparmor_parser -r /etc/apparmor.d/devbox";
  return {fmt::format("this host forbids unprivileged user namespaces ({} = 1)", kAppArmor),
          fmt::format("an AppArmor profile allows them for this program alone: `{} && {}`",
                      printable(write), load),
          {write, load}};
}

Refusal filtered_for(std::string_view what) {
  return {fmt::format(
              "a system call filter around this process, as containers have one, forbids {}", what),
          "start the container with `--security-opt seccomp=unconfined`, or with a filter that "
          "allows clone, unshare and mount",
          {}};
}

// Of a chroot or a security module, as far as can be seen.
Refusal forbidden_by_place(const Restrictions& found) {
  if (found.chroot) {
    return {
        "this process runs in a chroot, where nobody may make a user namespace (clone(2), EPERM)",
        "run devbox outside the chroot",
        {}};
  }
  if (!found.label.empty() && !found.label.starts_with("unconfined")) {
    return {
        fmt::format("a security module forbids it to what runs as {}", printable(found.label)),
        "let devbox run unconfined, in a container with `--security-opt apparmor=unconfined` or "
        "`label=disable`",
        {}};
  }
  return {
      "this process may not make a user namespace, as in a chroot (clone(2), EPERM), or a security "
      "module forbids it",
      "`cat /proc/self/attr/current` shows the security label; run devbox outside the chroot",
      {}};
}

Refusal forbidden(const Restrictions& found) {
  if (value_of(found, kClone) == 0) {
    return by_sysctl(fmt::format("this host forbids unprivileged user namespaces ({} = 0)", kClone),
                     kClone, "1");
  }
  if (restricts_by_apparmor(found)) return restricted_by_apparmor(found);
  if (value_of(found, max_namespaces("user")) == 0) return forbidden_by_limit("user");
  if (found.root_without_setfcap) {
    return {
        "this process is uid 0 without the capability setfcap, as in a box with `map = \"root\"`, "
        "and the kernel lets nobody map such a uid 0 again (user_namespaces(7))",
        "use `map = \"self\"` for the outer box",
        {}};
  }
  if (found.filtered) return filtered_for("user namespaces");
  return forbidden_by_place(found);
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
  found.no_new_privs = status.find("\nNoNewPrivs:\t1") != std::string::npos;
  found.chroot = is_chroot(read_proc("/proc/self/mountinfo"));
  found.label = read_proc("/proc/self/attr/current");
  char program[PATH_MAX];
  const ssize_t size = ::readlink("/proc/self/exe", program, sizeof program);
  found.program.assign(program, static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  return found;
}

bool is_chroot(std::string_view mountinfo) {
  if (mountinfo.empty()) return false;  // there is no /proc to ask
  for (const std::string& line : split(mountinfo, '\n')) {
    const std::vector<std::string> fields = split(line, ' ');  // proc_pid_mountinfo(5)
    if (fields.size() > 4 && fields[4] == "/") return false;
  }
  return true;
}

bool restricts_by_apparmor(const Restrictions& found) {
  return value_of(found, kAppArmor) == 1 || found.label_inside.starts_with("unprivileged_userns");
}

std::vector<Limit> forbidding_limits(const Restrictions& found) {
  std::vector<Limit> limits;
  for (const char* kind : kKinds) {
    if (value_of(found, max_namespaces(kind)) == 0)
      limits.push_back({kind, forbidden_by_limit(kind)});
  }
  return limits;
}

Refusal why_no_namespace(int err, const Restrictions& found) {
  if (err == ENOSPC || err == EUSERS) return limit_reached(found);
  if (err == EPERM || err == EACCES) return forbidden(found);
  if (err == EINVAL || err == ENOSYS) {
    return {"this kernel was built without one of the namespaces that a box needs",
            "a kernel with CONFIG_USER_NS, CONFIG_PID_NS, CONFIG_UTS_NS, CONFIG_IPC_NS and "
            "CONFIG_CGROUPS has them",
            {}};
  }
  return {};
}

Refusal why_no_capability(const Restrictions& found) {
  if (restricts_by_apparmor(found)) return restricted_by_apparmor(found);
  return found.filtered ? filtered_for("mounts") : Refusal{};
}

}  // namespace devbox::host
