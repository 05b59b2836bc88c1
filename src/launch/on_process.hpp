// What of the limits is set on a process from outside, and inherited by all that it starts.
#pragma once

#include <sys/types.h>

#include <optional>
#include <vector>

#include "plan/limits.hpp"

namespace devbox::launch {

struct OnProcess {
  std::vector<unsigned> affinity;  // the processors that it may run on; empty: all of ours
  std::optional<int> nice;
  std::optional<int> oom_score_adj;
};

OnProcess on_process(const plan::Limits& limits);

// What did not take.
std::vector<plan::Unmet> set_on(pid_t pid, const OnProcess& limits);

}  // namespace devbox::launch
