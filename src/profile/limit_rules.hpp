// Which keys of limits need each other.
#pragma once

#include "profile/node.hpp"
#include "profile/report.hpp"

namespace devbox::profile {

// Checks the limits of the merged `document`.
void check_limits(const Node& document, Report& report);

}  // namespace devbox::profile
