#include "host/probe.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "host/account.hpp"
#include "host/cannot.hpp"
#include "host/capture.hpp"
#include "host/files.hpp"
#include "host/terminfo.hpp"
#include "util/path.hpp"

namespace devbox::host {
namespace {

constexpr std::size_t kMaxDatabase =
    std::size_t{64} * 1024 * 1024;  // passwd, group and hosts files of large sites

std::map<std::string, std::string> environment() {
  std::map<std::string, std::string> env;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const char* equals = std::strchr(*entry, '=');
    if (equals == nullptr || equals == *entry) continue;
    env.emplace(std::string(static_cast<const char*>(*entry), equals),
                equals + 1);  // of two alike the first counts, as in getenv(3)
  }
  return env;
}

std::string value_of(const Host& host, const char* name) {
  const auto found = host.env.find(name);
  return found == host.env.end() ? std::string() : found->second;
}

std::string bytes_of(const char* path) { return contents(path, kMaxDatabase).bytes; }

std::optional<Account> ask_getent(std::uint32_t uid) {
  const auto said = capture({"getent", "passwd", fmt::format("{}", uid)});
  return said && said->succeeded ? account_of(said->output, uid) : std::nullopt;
}

void find_user(Host& host) {
  host.uid = ::geteuid();
  host.gid = ::getegid();
  User user = user_of(host.uid, host.env, bytes_of("/etc/passwd"), ask_getent);
  host.user = std::move(user.name);
  host.home = std::move(user.home);
  host.shell = std::move(user.shell);
}

void find_groups(Host& host) {
  const std::string text = bytes_of("/etc/group");
  host.group = group_name(text, host.gid);
  if (host.group.empty()) host.group = fmt::format("{}", host.gid);

  std::vector<gid_t> gids(static_cast<std::size_t>(std::max(::getgroups(0, nullptr), 0)));
  const int count = ::getgroups(static_cast<int>(gids.size()), gids.data());
  if (count < 0) throw cannot("list", "the supplementary groups", errno);
  gids.resize(static_cast<std::size_t>(count));
  for (const gid_t gid : gids) {
    if (gid != host.gid) host.groups.push_back({gid, group_name(text, gid)});
  }
}

void find_kernel(Host& host) {
  struct utsname name {};
  ::uname(&name);
  host.hostname = name.nodename;
  const char* end = name.release + std::strlen(name.release);
  const auto major = std::from_chars(name.release, end, host.kernel.major);
  if (major.ptr != end && *major.ptr == '.') std::from_chars(major.ptr + 1, end, host.kernel.minor);
}

// XDG Base Directory Specification, "Environment variables": "All paths set in these environment
// variables must be absolute. If an implementation encounters a relative path […] it should […]
// ignore it."
std::string xdg(const Host& host, const char* variable, const char* below_home) {
  const std::string value = value_of(host, variable);
  const std::string base =
      !value.empty() && value.front() == '/' ? value : path::join(host.home, below_home);
  return path::normal(path::join(base, "devbox"));
}

// The specification wants it to be the user's own and 0700. One that everybody may write (WSL's)
// lets another user take the running boxes' directory away; /tmp at least has the sticky bit.
std::string runtime_directory(const Host& host) {
  const std::string value = value_of(host, "XDG_RUNTIME_DIR");
  struct stat st {};
  if (!value.empty() && value.front() == '/' && ::stat(value.c_str(), &st) == 0 &&
      S_ISDIR(st.st_mode) && st.st_uid == host.uid && (st.st_mode & S_IWOTH) == 0) {
    return path::normal(path::join(value, "devbox"));
  }
  return fmt::format("/tmp/devbox-{}", host.uid);
}

// Whether `path` is the device that `fd` is open on. In a box, the name that a terminal of the host
// had there may be nothing, or another terminal.
bool is_device_of(const std::string& path, int fd) {
  struct stat named {};
  struct stat open {};
  return ::stat(path.c_str(), &named) == 0 && ::fstat(fd, &open) == 0 &&
         named.st_rdev == open.st_rdev && named.st_dev == open.st_dev;
}

std::string terminal() {
  for (int fd = 0; fd <= 2; ++fd) {
    if (::isatty(fd) != 1) continue;
    char text[PATH_MAX];
    const ssize_t length =
        ::readlink(fmt::format("/proc/self/fd/{}", fd).c_str(), text, sizeof text);
    std::string name(text, static_cast<std::size_t>(std::max<ssize_t>(length, 0)));
    if (name.starts_with("/dev/") && is_device_of(name, fd)) return name;
    return is_device_of("/dev/console", fd) ? "/dev/console" : "";
  }
  return {};
}

std::string real_path(const char* path) {
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path, nullptr), &std::free);
  return real ? std::string(real.get()) : std::string();
}

std::string working_directory() {
  const std::unique_ptr<char, decltype(&std::free)> cwd(::getcwd(nullptr, 0), &std::free);
  // "(unreachable)/…" where the directory is outside of the root (getcwd(2), NOTES).
  return cwd && cwd.get()[0] == '/' ? std::string(cwd.get()) : std::string();
}

std::string terminfo(const Host& host) {
  const std::vector<std::string> names = terminfo_names(value_of(host, "TERM"));
  for (const std::string& directory :
       {path::join(host.home, ".terminfo"), value_of(host, "TERMINFO"),
        std::string("/etc/terminfo"), std::string("/lib/terminfo"),
        std::string("/usr/share/terminfo")}) {
    if (directory.empty() || directory.front() != '/')
      continue;  // $TERMINFO may also hold the entry itself
    for (const std::string& name : names) {
      std::string file = path::join(directory, name);
      struct stat st {};
      if (::stat(file.c_str(), &st) == 0 && S_ISREG(st.st_mode)) return file;
    }
  }
  return {};
}

}  // namespace

Host probe() {
  Host host;
  host.env = environment();
  find_user(host);
  find_groups(host);
  find_kernel(host);
  host.cwd = working_directory();
  host.dirs = {xdg(host, "XDG_CONFIG_HOME", ".config"), xdg(host, "XDG_DATA_HOME", ".local/share"),
               xdg(host, "XDG_STATE_HOME", ".local/state"), runtime_directory(host)};
  host.terminal = terminal();
  host.resolv_conf = real_path("/etc/resolv.conf");
  host.hosts = bytes_of("/etc/hosts");
  host.terminfo = terminfo(host);
  return host;
}

}  // namespace devbox::host
