#include "host/delegation.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>

#include "host/files.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::host {
namespace {

constexpr std::size_t kMostBytes = 64 * 1024;

bool is_of_type(const char* path, std::uint32_t magic) {
  struct statfs fs {};
  return ::statfs(path, &fs) == 0 && static_cast<std::uint32_t>(fs.f_type) == magic;
}

// From `cgroup` upwards, the last that is ours in a row.
std::string topmost_of_ours(const std::string& cgroup) {
  std::string topmost;
  for (std::string at = cgroup; at != "/" && !at.empty(); at = path::parent(at)) {
    const std::string directory = kCgroupMount + at;
    if (!is_own_group(directory)) break;
    topmost = directory;
  }
  return topmost;
}

}  // namespace

Delegation::Version cgroup_version() {
  constexpr std::uint32_t kCgroup2 = 0x63677270;  // statfs(2)
  constexpr std::uint32_t kTmpfs = 0x01021994;
  if (is_of_type(kCgroupMount, kCgroup2)) return Delegation::Version::v2;
  if (is_of_type("/sys/fs/cgroup/unified", kCgroup2)) return Delegation::Version::hybrid;
  return is_of_type(kCgroupMount, kTmpfs) ? Delegation::Version::v1 : Delegation::Version::none;
}

// Ours, with the files that divide it: owned, since write access alone may be anybody's.
bool is_own_group(const std::string& directory) {
  const uid_t uid = ::geteuid();
  struct stat st {};
  for (const char* name : {"", "cgroup.procs", "cgroup.subtree_control"}) {
    if (::stat(path::join(directory, name).c_str(), &st) != 0 || st.st_uid != uid) return false;
  }
  return uid != 0 || ::access(path::join(directory, "cgroup.procs").c_str(), W_OK) == 0;
}

std::vector<std::string> controllers_of(const std::string& directory) {
  const std::string text = kernel_text(path::join(directory, "cgroup.controllers"));
  return text.empty() ? std::vector<std::string>() : split(text, ' ');
}

std::string own_cgroup(std::string_view text) {
  for (const std::string& line : split(text, '\n')) {
    if (line.starts_with("0::/")) return line.substr(3);
  }
  return {};
}

Delegation delegation() {
  Delegation found;
  found.version = cgroup_version();
  struct stat st {};
  found.systemd = ::lstat("/run/systemd/system", &st) == 0 && S_ISDIR(st.st_mode);
  if (found.version != Delegation::Version::v2) return found;
  const uid_t uid = ::geteuid();
  found.directory = topmost_of_ours(own_cgroup(contents("/proc/self/cgroup", kMostBytes).bytes));
  // A login session's own cgroup is root's; what is the user's lies beside it.
  if (found.directory.empty())
    found.directory =
        topmost_of_ours(fmt::format("/user.slice/user-{0}.slice/user@{0}.service", uid));
  if (found.directory.empty()) return found;
  found.controllers = controllers_of(found.directory);
  return found;
}

}  // namespace devbox::host
