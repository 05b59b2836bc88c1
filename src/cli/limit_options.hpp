// The options that say what [limits] of a profile says: of enter, run, plan and limit.
#pragma once

#include <string>

#include "cli/parser.hpp"
#include "profile/limits.hpp"

namespace devbox::cli {

// The strings that CLI11 fills; empty: not given.
struct LimitWords {
  std::string memory, memory_high, swap, cpus, cpu_weight, cpuset, pids, io_weight;
  std::string nice, oom_score_adj, cgroup;
  Words io, rlimits;
  bool oom_group = false;
  bool required = false;
};

bool says_anything(const LimitWords& words);

// What can be changed in a box that runs.
void add_changeable_limits(const Parser& parser, LimitWords& words);

// All of them.
void add_limit_options(const Parser& parser, LimitWords& words);

// Throws Error of kind usage where a word is none that the profile's key of that name takes. The
// path of --io is as it was typed.
profile::Limits parse_limits(const LimitWords& words);

// The same of what changes in a box that runs: profile::kNoLimit takes a limit away. That is
// kUnlimited where it is counted, infinity of `cpus`, and the word itself as `cpuset`.
profile::Limits parse_changes(const LimitWords& words);

}  // namespace devbox::cli
