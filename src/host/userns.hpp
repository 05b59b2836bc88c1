// Why this host refuses a user namespace, or one of the namespaces inside it.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "host/refusal.hpp"

namespace devbox::host {

// What decides it on this machine.
struct Restrictions {
  std::map<std::string, long> sysctls;  // by name; those that this kernel does not have are missing
  bool root_without_setfcap = false;    // uid 0 in a namespace that may not map it again
  bool filtered = false;                // by seccomp(2)
  bool no_new_privs = false;            // prctl(2): what is setuid stays as it was
  bool chroot = false;                  // "/" is no mount of this namespace (clone(2), EPERM)
  std::string label;                    // of a security module; empty where there is none
  std::string label_inside;             // in a user namespace of our own; empty: not tried
  std::string program;                  // this one: what an AppArmor profile would name
};
Restrictions restrictions();

// Whether `mountinfo` (the bytes of /proc/self/mountinfo) is that of a process in a chroot: the
// kernel shows only what lies below the process's root, which is then no mount, or not the
// namespace's. Where the chroot is itself a mount point it looks like any other root.
bool is_chroot(std::string_view mountinfo);

// AppArmor lets a user namespace be made, and takes the capabilities in it away.
bool restricts_by_apparmor(const Restrictions& found);

// Every limit of user.max_*_namespaces that is 0, by the kind that it forbids ("user", "mnt", …).
struct Limit {
  std::string kind;
  Refusal refusal;
};
std::vector<Limit> forbidding_limits(const Restrictions& found);

// After clone(2) or a write of an id map failed with `err`. clone(2), ERRORS; user_namespaces(7).
Refusal why_no_namespace(int err, const Restrictions& found);

// After the first call that needs a capability in a namespace that was made was EPERM. AppArmor may
// let anybody make a user namespace and then take every capability in it away.
Refusal why_no_capability(const Restrictions& found);

}  // namespace devbox::host
