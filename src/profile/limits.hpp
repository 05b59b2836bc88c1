// What [limits] and [rlimits] of a profile say, or the options of enter and run of the same names.
// std::nullopt and what is empty was not written.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "profile/position.hpp"

namespace devbox::profile {

// What may be read from and written to one block device.
struct IoLimit {
  std::string path;  // of the host: a file or directory on the device, or the device itself;
                     // carries its `~` and `${…}`
  std::optional<std::uint64_t> read, write;          // bytes a second, above 0
  std::optional<std::uint64_t> read_ops, write_ops;  // operations a second, above 0
  Position at = {};
};

// RLIM_INFINITY of getrlimit(2), and what `devbox limit` takes a number's limit away with.
inline constexpr std::uint64_t kUnlimited = ~std::uint64_t{0};

// The kernel's word for that (admin-guide/cgroup-v2.rst, "Conventions").
inline constexpr const char* kNoLimit = "max";

// One of getrlimit(2), in its unit; `soft` is at most `hard`.
struct Rlimit {
  std::string name;  // "nofile"
  std::uint64_t soft = kUnlimited;
  std::uint64_t hard = kUnlimited;
  Position at = {};
};

// What a set of processors may name: CPU_SETSIZE of sched_setaffinity(2).
inline constexpr unsigned kCpus = 1024;

// The units are those of Documentation/admin-guide/cgroup-v2.rst.
struct Limits {
  std::optional<std::uint64_t> memory;       // bytes; what is over it is reclaimed, or killed for
  std::optional<std::uint64_t> memory_high;  // bytes; what is over it is slowed down
  std::optional<std::uint64_t> swap;         // bytes
  std::optional<double> cpus;                // 1.5 is the time of one and a half processors
  std::optional<unsigned> cpu_weight;        // 1 to 10,000, 100 is usual
  std::optional<unsigned> io_weight;         // the same
  std::string cpuset;                        // util/cpu_list.hpp: "0-3,8", ascending
  std::optional<std::uint64_t> pids;
  std::vector<IoLimit> io;
  std::optional<bool> oom_group;     // memory.max kills all of the box, not one process of it
  std::optional<bool> delegated;     // the box may divide its group further
  std::optional<bool> required;      // refuse a start that cannot have them all
  std::optional<int> nice;           // -20 to 19 (setpriority(2))
  std::optional<int> oom_score_adj;  // -1000 to 1000 (proc(5))
  std::vector<Rlimit> rlimits;       // sorted by name, each once
  Position at = {};
};

// `base` with all that `over` says in its place: an io limit by its path, an rlimit by its name.
Limits overridden(Limits base, const Limits& over);

// Of text that its check (profile/checks.hpp) finds good.
Rlimit parse_rlimit(std::string_view name, std::string_view value);

}  // namespace devbox::profile
