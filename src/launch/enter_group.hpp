// The control group of a box that runs, for one more process.
#pragma once

#include <sys/types.h>

#include <string>

#include "launch/records.hpp"

namespace devbox::launch {

// Moves a process of ours into the box's group; where the box has divided that, into one below it.
// `scope`: devbox-scope, which asks systemd where the kernel does not let us
// (admin-guide/cgroup-v2.rst, "Delegation Containment"). Throws Error.
void enter_group(const Record& box, pid_t pid, const std::string& scope);

}  // namespace devbox::launch
