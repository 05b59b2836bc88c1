// Valid nodes to the typed Profile.
#pragma once

#include <vector>

#include "profile/node.hpp"
#include "profile/profile.hpp"

namespace devbox::profile {

// `document` is merged and without mistakes; `files` are those that its positions count, the
// profile's own first. Relative paths and ${profile_dir} are resolved against the directory of the
// file that wrote them.
Profile convert(Node document, std::vector<ClosureFile> files);

// What a profile file without `name` is called: its stem, or the directory's name for
// "devbox.toml".
std::string default_name(const std::string& path);

}  // namespace devbox::profile
