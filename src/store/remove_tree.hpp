// rm -r, for trees that somebody else's archive made.
#pragma once

#include <string>

namespace devbox::store {

// Removes `name` in `directory` (borrowed, writable) with all below it: no link is followed,
// nothing is opened that is no directory, and depth costs no descriptors: a directory is moved up
// before its own turn comes. What cannot be removed is left.
void remove_tree(int directory, const std::string& name) noexcept;

}  // namespace devbox::store
