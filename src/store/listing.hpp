// What a directory of the store holds.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "util/fd.hpp"

namespace devbox::store {

// Throws Error where it is not there, or is a link.
Fd open_directory(const std::string& path);

// Without those that begin with a dot, sorted; none where there is no such directory. No link is
// followed. Throws Error.
std::vector<std::string> names_in(const std::string& path);

// std::nullopt where there is no link. Throws Error.
std::optional<std::string> link_text(const std::string& path);

}  // namespace devbox::store
