#include "host/cgroups.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "host/files.hpp"
#include "host/mountinfo.hpp"
#include "util/cpu_list.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::host {
namespace {

constexpr unsigned kMostCpu = 8191;  // CONFIG_NR_CPUS of x86-64

OwnGroup own_group() {
  OwnGroup own;
  const std::string group = own_cgroup(kernel_text("/proc/self/cgroup"));
  // "/../x" is outside of the namespace, and so of what is mounted here (cgroup_namespaces(7)).
  if (group.empty() || group.starts_with("/..")) return own;
  own.directory = kCgroupMount + (group == "/" ? std::string() : group);
  if (path::filename(own.directory) == kOutside) own.directory = path::parent(own.directory);
  own.writable = is_own_group(own.directory);
  own.controllers = controllers_of(own.directory);
  return own;
}

bool is_ours(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && info.st_uid == ::geteuid();
}

// Root has the system's manager where nothing started one for it.
std::string where_manager_listens(const Host& host) {
  std::vector<std::string> candidates;
  const auto runtime = host.env.find("XDG_RUNTIME_DIR");
  if (runtime != host.env.end() && runtime->second.starts_with('/'))
    candidates.push_back(runtime->second);
  candidates.push_back(fmt::format("/run/user/{}", host.uid));
  if (host.uid == 0) candidates.emplace_back("/run");
  for (const std::string& directory : candidates) {
    if (is_ours(directory + "/systemd/private") || is_ours(directory + "/bus")) return directory;
  }
  return {};
}

Manager manager(const Host& host) {
  Manager found;
  found.directory = where_manager_listens(host);
  if (found.directory.empty()) return found;
  found.group =
      found.directory == "/run"
          ? std::string(kCgroupMount)
          : fmt::format("{0}/user.slice/user-{1}.slice/user@{1}.service", kCgroupMount, host.uid);
  struct stat info {};
  if (::stat(found.group.c_str(), &info) != 0) found.group.clear();
  if (!found.group.empty()) found.controllers = controllers_of(found.group);
  return found;
}

}  // namespace

Cgroups cgroups(const Host& host, Border border) {
  Cgroups found;
  found.version = cgroup_version();
  found.cpus = parse_cpu_list(kernel_text("/sys/devices/system/cpu/online"), kMostCpu);
  if (found.version != Delegation::Version::v2) return found;
  if (border == Border::asked)
    found.nsdelegate = has_nsdelegate(kernel_text("/proc/self/mountinfo"));
  found.own = own_group();
  found.manager = manager(host);
  return found;
}

GroupFrom group_from(const Cgroups& found) {
  if (found.version != Delegation::Version::v2) return GroupFrom::none;
  if (!found.manager.directory.empty()) return GroupFrom::manager;
  return found.own.writable ? GroupFrom::own : GroupFrom::none;
}

std::string text_of(GroupFrom from, const std::string& where) {
  switch (from) {
    case GroupFrom::manager:
      return fmt::format("a scope of the systemd that listens in {}", printable(where));
    case GroupFrom::own:
      return fmt::format("made in {}", printable(where));
    case GroupFrom::none:
      break;
  }
  return "none of its own";
}

bool has_nsdelegate(std::string_view mountinfo) {
  const std::vector<MountLine> lines = parse_mountinfo(mountinfo);
  return std::any_of(lines.begin(), lines.end(), [](const MountLine& line) {
    return line.type == "cgroup2" && !mount_option(line.options, "nsdelegate").empty();
  });
}

}  // namespace devbox::host
