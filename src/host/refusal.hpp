// Why this host refuses something, and what is to be done: the same words whether a start failed or
// `devbox doctor` asked.
#pragma once

#include <string>
#include <vector>

namespace devbox::host {

struct Refusal {
  std::string
      cause;  // "this host forbids unprivileged user namespaces (kernel.… = 1)"; empty: unknown
  std::string fix;                    // for people, the commands among it
  std::vector<std::string> commands;  // the fix as lines of sh(1); none where no command does it
};

}  // namespace devbox::host
