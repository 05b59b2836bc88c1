// One document against the schema: unknown keys, wrong types, values that are not allowed, and what
// is not supported yet.
#pragma once

#include "profile/node.hpp"
#include "profile/report.hpp"

namespace devbox::profile {

// Every mistake goes to `report`, and what it is in is marked as not valid. A document whose schema
// is newer gets that mistake alone and is emptied, and the answer is false: what else it holds
// cannot be judged.
bool validate(Node& document, Report& report);

}  // namespace devbox::profile
