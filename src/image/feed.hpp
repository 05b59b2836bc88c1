// The half of devbox-image that is trusted: it counts and hashes bytes and looks at none.
#pragma once

#include <string>

namespace devbox::image {

// Copies what `from` holds to `to`, both borrowed, to its end, also where nobody reads `to` any
// more. Returns the SHA-256 in hex of all of it. Throws Error where it cannot be read.
std::string feed(int from, int to);

}  // namespace devbox::image
