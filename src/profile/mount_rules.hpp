// Which keys a mount of each type takes and needs.
#pragma once

#include "profile/node.hpp"
#include "profile/report.hpp"

namespace devbox::profile {

// Checks every mount of the merged `document`.
void check_mounts(const Node& document, Report& report);

}  // namespace devbox::profile
