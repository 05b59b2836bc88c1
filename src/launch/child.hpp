// The code between clone and exec.
#pragma once

#include "launch/program.hpp"

namespace devbox::launch {

// Runs as pid 1 of the new namespaces, in the launcher's memory: noexcept, no allocation, no libc
// state. `program` is a const Program*. Ends in devbox-init, or reports {step, errno, operation}
// and exits.
int child_main(void* program) noexcept;

}  // namespace devbox::launch
