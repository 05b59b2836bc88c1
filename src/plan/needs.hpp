// Which features of a host one box needs; what `devbox doctor -p` goes by.
#pragma once

#include <set>

#include "host/finding.hpp"
#include "plan/plan.hpp"

namespace devbox::plan {

std::set<host::Feature> needs(const Plan& plan);

}  // namespace devbox::plan
