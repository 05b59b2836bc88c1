// A box in small, tried for real in a child process that ends at once: its namespaces, its id map,
// each kind of mount, its root and its filter. What the kernel answers is the only proof: sysctls,
// security modules, filters and containers all have a say in it.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "kernel/step.hpp"

namespace devbox::host {

struct Attempt {
  kernel::Step step = kernel::Step::none;
  int err = 0;  // 0, or the errno
};

struct Trial {
  // In order. One of the namespaces, the ids or the stage that failed ended the trial: what would
  // have come after it is not known.
  std::vector<Attempt> attempts;
  int network = kUntried;  // errno of unshare(2) with CLONE_NEWNET
  std::string label;  // the security label in the new user namespace; empty where there is none

  static constexpr int kUntried = -1;
};

// What a box writes is tried in `directory`, if that can be written: below a new one, removed
// again. Nothing else outside of the child changes.
Trial try_box(const std::string& directory);

}  // namespace devbox::host
