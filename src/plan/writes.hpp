// What a box writes over its tree and its workspace: which way, and where on the host that goes.
#pragma once

#include <string>

#include "plan/plan.hpp"
#include "plan/request.hpp"
#include "plan/resolve.hpp"

namespace devbox::plan {

// Decides `root_mode`, `kept` and `scratch`, and notes what a person should know. An overlay that
// cannot be is a mistake, never another mode. `plan` has its ids.
void choose_writes(Plan& plan, const profile::Profile& profile, const Resolved& resolved,
                   const host::Host& host, const Facts& facts, Mistakes& mistakes);

// /etc/passwd and /etc/group of a kept root, where it has its own and they no longer have this user
// as the box knows him: they were written when he had another id or name, or the box another map.
void keep_user_known(Plan& plan, const host::Host& host, const Facts& facts,
                     const std::string& shell);

}  // namespace devbox::plan
