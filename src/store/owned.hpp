// Where the trees lie whose files have real owners: a store of their own (store/pinned.hpp).
#pragma once

#include <string>

#include "util/path.hpp"

namespace devbox::store {

// In `data`, the directory of the store of all others.
inline std::string owned_directory(const std::string& data) { return path::join(data, "owned"); }

// Whether `tree` lies in it. Both with every link followed.
inline bool has_owners(const std::string& tree, const std::string& data) {
  return path::is_within(tree, owned_directory(data));
}

}  // namespace devbox::store
