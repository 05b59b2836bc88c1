// The limits of a box as they are carried out: values for files of its control group
// (admin-guide/cgroup-v2.rst in the kernel's documentation), and what each process gets.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "host/cgroups.hpp"
#include "profile/limits.hpp"

namespace devbox::plan {

using profile::kNoLimit;

// One value of the box's group.
struct GroupValue {
  std::string key;                      // "limits.memory"
  std::string controller;               // "memory"
  std::string file;                     // "memory.max"
  std::string value;                    // as it is written there
  std::string shown;                    // "2 GiB", for people; kNoLimit, or a disk and that
  std::vector<std::string> properties;  // the same for systemd: "MemoryMax=2147483648"
};

using host::GroupFrom;

struct Group {
  GroupFrom from = GroupFrom::none;
  std::string parent;      // of own: the directory that the group is made in
  std::string manager;     // of manager: the directory that it listens in (host::Manager)
  bool delegated = false;  // the box may divide it
  bool measured = false;   // what it uses is counted, limited or not
  std::vector<GroupValue> values;
};

// A limit that does not hold on this host.
struct Unmet {
  std::vector<std::string> keys;  // "limits.io"
  std::string why;
  std::string fix;  // may be empty

  std::string text() const;  // "`limits.io` does not hold: WHY; FIX"
};

struct ProcessLimit {
  std::string name;  // "nofile"
  std::uint64_t soft = 0;
  std::uint64_t hard = 0;
};

struct Limits {
  Group group;
  bool required = false;
  std::vector<unsigned> affinity;  // the processors that it may run on; empty: all of ours
  std::optional<int> nice;
  std::optional<int> oom_score_adj;
  std::vector<ProcessLimit> rlimits;
  std::vector<Unmet> unmet;  // where not `required`
};

}  // namespace devbox::plan
