// Why this host refuses a user namespace, or one of the namespaces inside it.
#pragma once

#include <string>

namespace devbox::host {

struct Refusal {
  std::string
      cause;  // "this host forbids unprivileged user namespaces (kernel.… = 1)"; empty: unknown
  std::string fix;
};

// After clone(2) or a write of an id map failed with `err`: asks the sysctls, AppArmor and the
// system call filter around this process. clone(2), ERRORS; user_namespaces(7).
Refusal why_no_namespace(int err);

}  // namespace devbox::host
