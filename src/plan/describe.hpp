// A plan as a person and as a program read it.
#pragma once

#include <string>

#include "plan/plan.hpp"

namespace devbox::plan {

// Stable text, one decision a line, values escaped for a terminal. The golden plans are of this
// form.
std::string describe(const Plan& plan);

// The same as JSON. Every value as it is used, not as it is printed.
std::string describe_json(const Plan& plan);

}  // namespace devbox::plan
