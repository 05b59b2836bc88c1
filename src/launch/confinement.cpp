#include "launch/confinement.hpp"

#include <cerrno>

#include "kernel/privilege.hpp"

namespace devbox::launch {

using kernel::Done;
using kernel::Step;

Outcome give_up(const Confinement& confinement) noexcept {
  // A user may have 200 keys (kernel.keys.maxkeys), and a keyring is one: a thousand boxes cannot
  // each have theirs. The filters refuse every call that reaches a key; only without one is the
  // keyring needed.
  const Done joined = kernel::join_new_keyring();
  // EPERM is the filter of a box around this one, which refuses those calls for all that is inside.
  const bool unreachable = (joined.err == EDQUOT && confinement.filtered) || joined.err == EPERM;
  if (!joined && !unreachable) return at(Step::keyring, joined);
  if (const Done set = kernel::set_no_new_privs(); !set) return at(Step::no_new_privs, set);
  if (const Done dropped = kernel::keep_capabilities(confinement.capabilities); !dropped)
    return at(Step::capabilities, dropped);
  if (confinement.pretends_ownership) {
    const Done pretends = kernel::install_pretence(kernel::Pretence::ownership);
    if (!pretends) return at(Step::seccomp, pretends);
  }
  if (confinement.filtered) return at(Step::seccomp, kernel::install_filter(confinement.filter));
  return kDone;
}

}  // namespace devbox::launch
