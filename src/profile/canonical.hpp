// Keys that are paths, in the one form under which a profile and its bases agree on them.
#pragma once

#include <string>

#include "profile/node.hpp"
#include "profile/report.hpp"

namespace devbox::profile {

// Gives the keys of `mounts` and `home.share` their normal form, with ${profile_dir} replaced by
// `directory`, the one of the document's own file. Two keys that become one are a mistake.
void make_canonical(Node& document, const std::string& directory, Report& report);

}  // namespace devbox::profile
