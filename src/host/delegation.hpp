// The cgroup that this user may divide further, and its controllers (cgroups(7), "Cgroups
// delegation: delegating a hierarchy to a less privileged user").
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace devbox::host {

struct Delegation {
  enum class Version { none, v1, hybrid, v2 };  // hybrid: v2 is there, and has no controllers
  Version version = Version::none;
  bool systemd = false;                  // it is pid 1 (sd_booted(3))
  std::string directory;                 // the topmost one of ours; empty: none is delegated
  std::vector<std::string> controllers;  // of that
};

// "/user.slice/…" of the line "0::/user.slice/…" of /proc/self/cgroup; empty where there is none.
std::string own_cgroup(std::string_view text);

Delegation delegation();

// Why there are no limits on a host whose controllers are not in version 2.
inline constexpr const char* kVersionOne =
    "the controllers are in cgroup version 1, which gives users none";

inline constexpr const char* kCgroupMount = "/sys/fs/cgroup";

Delegation::Version cgroup_version();

// Whether that directory is a group that is ours to divide.
bool is_own_group(const std::string& directory);

// What its cgroup.controllers names.
std::vector<std::string> controllers_of(const std::string& directory);

}  // namespace devbox::host
