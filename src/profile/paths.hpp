// Paths of a profile, freed from the file that wrote them.
#pragma once

#include <string>
#include <string_view>

namespace devbox::profile {

// A host path: `~` and `${…}` at the start make it absolute, and `/` of course; all else is
// relative to `directory`. The leading "./" and "../" are taken away and ${profile_dir} is
// replaced.
std::string host_path(std::string_view text, std::string_view directory);

}  // namespace devbox::profile
