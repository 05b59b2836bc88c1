// newuidmap(1) and newgidmap(1): the setuid programs that map subordinate ranges.
#pragma once

#include <sys/types.h>

#include <string>

#include "plan/plan.hpp"

namespace devbox::launch {

// Writes both maps of the process. Throws Error with what the program said, and what to do.
void map_with_helpers(pid_t pid, const plan::Ids& ids, const std::string& user);

}  // namespace devbox::launch
