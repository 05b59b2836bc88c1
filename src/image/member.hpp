// The names in an archive, which are somebody else's.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace devbox::image {

// Where a member belongs, relative to the tree: "usr/bin/cc" of "./usr//bin/cc" and of
// "/usr/bin/cc",
// "" of the tree itself. std::nullopt for a name that climbs ("..") or that no file system takes: a
// component of more than 255 bytes, a path of more than 4,095, a NUL.
std::optional<std::string> member_path(std::string_view name);

}  // namespace devbox::image
