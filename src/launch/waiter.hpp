// What the launcher becomes once the command runs.
#pragma once

#include <string>
#include <vector>

#include "launch/words.hpp"

namespace devbox::launch {

enum class Environment {
  none,
  ours,  // what it starts at the end looks for programs and directories
};

// Executes `init`, devbox-init, with those words. The descriptors in the words pass through exec,
// and `held`, which the waiter keeps without knowing; those of `pass_fds` were the command's alone.
// Throws Error where it cannot.
[[noreturn]] void become_waiter(const std::string& init, const WaitWords& words,
                                const std::vector<int>& held, const std::vector<int>& pass_fds,
                                Environment environment);

}  // namespace devbox::launch
