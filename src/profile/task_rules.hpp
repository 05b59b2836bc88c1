// What tasks say of each other, and which keys of a task need each other.
#pragma once

#include "profile/node.hpp"
#include "profile/report.hpp"

namespace devbox::profile {

// Checks the tasks of the merged `document`.
void check_tasks(const Node& document, Report& report);

}  // namespace devbox::profile
