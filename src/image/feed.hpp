// The half of devbox-image that is trusted: it counts and hashes bytes and looks at none.
#pragma once

#include <string>

#include "image/ring.hpp"

namespace devbox::image {

// Reads what `from` (borrowed) holds into `to`, to its end, also where nobody reads that any more.
// Returns the SHA-256 in hex of all of it. Throws Error where it cannot be read.
std::string feed(int from, RingWriter& to);

}  // namespace devbox::image
