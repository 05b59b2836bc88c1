// The format as a JSON Schema, by which an editor completes and checks a devbox.toml.
#pragma once

#include "util/json.hpp"

namespace devbox::profile {

// Draft 7 (json-schema.org/draft-07), which editors' TOML plugins read: every key that can be
// carried out, its type, and its words where there are only some. What a text has to look like is
// not in it: `devbox plan` says that. Pure.
Json json_schema();

}  // namespace devbox::profile
