// What a profile that came with a project asks beyond that project.
#pragma once

#include <string>
#include <vector>

#include "plan/plan.hpp"
#include "plan/request.hpp"
#include "plan/resolve.hpp"

namespace devbox::plan {

// One line each, for the person who decides; empty where the profile keeps to its project. What the
// command line asks is the person's own and not listed. Sources count by what they lead to: a link
// in the project that leads out of it is beyond.
std::vector<std::string> asks_beyond_project(const profile::Profile& profile,
                                             const Resolved& resolved, const Request& request,
                                             const Facts& facts);

}  // namespace devbox::plan
