// The second half of a plan: everything decided.
#pragma once

#include "plan/plan.hpp"
#include "plan/request.hpp"
#include "plan/resolve.hpp"

namespace devbox::plan {

// A function of values. Throws Error with every mistake of meaning: a missing source, a target that
// nothing can be mounted on, a shell that the image lacks.
Plan make(const profile::Profile& profile, const Resolved& resolved, const host::Host& host,
          const Facts& facts, const Request& request);

}  // namespace devbox::plan
