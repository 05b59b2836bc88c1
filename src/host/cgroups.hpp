// Which control group a box can have from this process (cgroups(7); in the kernel's documentation
// admin-guide/cgroup-v2.rst).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "host/delegation.hpp"
#include "host/host.hpp"

namespace devbox::host {

// Below the group that a process stands in only one without processes may hand on its controllers
// (cgroup-v2.rst, "No Internal Process Constraint"). Whoever stands there goes into this one.
inline constexpr const char* kOutside = "devbox-outside";

// The group that this process stands in, or the one above it where that is kOutside.
struct OwnGroup {
  std::string directory;                 // in /sys/fs/cgroup; empty: not to be seen
  bool writable = false;                 // ours, and so to be divided
  std::vector<std::string> controllers;  // that can be handed on
};

// systemd, as the manager of this user's processes.
struct Manager {
  std::string directory;  // where it listens: its "systemd/private" or "bus"; empty: none is there
  std::string group;      // its own, in /sys/fs/cgroup; empty: not to be seen
  std::vector<std::string> controllers;  // that it can hand on
};

struct Cgroups {
  Delegation::Version version = Delegation::Version::none;
  bool nsdelegate = false;  // a cgroup namespace is a border to whoever is inside (cgroup-v2.rst,
                            // "Mounting")
  OwnGroup own;
  Manager manager;
  std::vector<unsigned> cpus;  // that are online, ascending
};

// `nsdelegate` is looked for where it matters: the whole table of mounts is read for it.
enum class Border { any, asked };
Cgroups cgroups(const Host& host, Border border = Border::any);

// Who makes a box's group: nobody, systemd as a scope, or devbox itself below its own.
enum class GroupFrom { none, manager, own };

// The first of them that can: a scope goes by itself, and needs nobody moved. Pure.
GroupFrom group_from(const Cgroups& found);

// "a scope of the systemd that listens in /run/user/1000". Pure.
std::string text_of(GroupFrom from, const std::string& where);

// Whether a line of /proc/self/mountinfo says that the cgroup2 file system has that option. Pure.
bool has_nsdelegate(std::string_view mountinfo);

}  // namespace devbox::host
