// Why this host refuses a user namespace, or one of the namespaces inside it.
#pragma once

#include <map>
#include <string>

namespace devbox::host {

struct Refusal {
  std::string
      cause;  // "this host forbids unprivileged user namespaces (kernel.… = 1)"; empty: unknown
  std::string fix;
};

// What decides it on this machine.
struct Restrictions {
  std::map<std::string, long> sysctls;  // by name; those that this kernel does not have are missing
  bool root_without_setfcap = false;    // uid 0 in a namespace that may not map it again
  bool filtered = false;                // by seccomp(2)
  std::string program;                  // this one: what an AppArmor profile would name
};
Restrictions restrictions();

// After clone(2) or a write of an id map failed with `err`. clone(2), ERRORS; user_namespaces(7).
Refusal why_no_namespace(int err, const Restrictions& found);

// After the first call that needs a capability in a namespace that was made was EPERM. AppArmor may
// let anybody make a user namespace and then take every capability in it away.
Refusal why_no_capability(const Restrictions& found);

}  // namespace devbox::host
