// What is remembered of a tree that was packed as a layer: trees/HEX/packed, so that a registry
// that has the layer need not be sent it, and nothing be compressed to know that. Whoever makes the
// bytes says anew what they are, and that is remembered then.
#pragma once

#include <optional>
#include <string>

#include "store/pinned.hpp"
#include "util/json.hpp"

namespace devbox::store {

// What devbox-image said of the tree by that compression, in `directory` (trees/HEX); std::nullopt
// where nothing is remembered, or what there is was not written whole.
std::optional<Json> packed_before(const std::string& directory, const std::string& compression);

// Remembers what devbox-image says now. A store that cannot be written remembers nothing.
void remember_packed(const std::string& directory, const std::string& compression,
                     const Json& said);

}  // namespace devbox::store
