// Out of the store, while others use it.
//
// A tree is renamed into staging, which needs no room, and only then deleted: a kill leaves rubbish
// that the next import or gc removes, and no half of a tree. What somebody has locked stays.
#pragma once

#include <cstdint>
#include <string>

#include "store/pinned.hpp"

namespace devbox::store {

enum class Removed {
  yes,
  in_use,     // somebody holds its lock, or has used it since
  not_there,  // somebody else was first
};

// The tree and all that leads to it, unless it was used after `last_use`. Throws Error where that
// cannot be done, and then nothing has changed.
Removed remove_tree(const Pinned& store, const std::string& tree, std::int64_t last_use);

// What `key` leads to stays. Throws Error.
void remove_source(const Pinned& store, const std::string& key);

struct Swept {
  std::uint64_t files = 0;  // of the pool, that no tree had any more
};

// What nothing needs: files that no tree has, sources that lead nowhere, what a repair replaced,
// and what dead processes left. Throws Error.
Swept sweep(const Pinned& store);

}  // namespace devbox::store
