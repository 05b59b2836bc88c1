// A manifest back into entries. Whoever unpacked the archive wrote it, and may have been taken over
// by the archive meanwhile: it is read as if a stranger had sent it.
#pragma once

#include <string_view>

#include "image/manifest.hpp"

namespace devbox::image {

// The longest manifest that is read: that of two million names.
inline constexpr std::size_t kMostManifest = std::size_t{1} << 30U;

// Exactly what manifest_text(entries, Ownership::told) writes, and nothing else: `text` is what it
// makes of the result. No path is absolute, climbs or lies below what is no directory; the tree
// itself is there; `inode` is 0 of the tree, and from 1 upwards in the order of names of the rest.
// Throws Error that names the line.
Entries read_manifest(std::string_view text);

}  // namespace devbox::image
