// All that the store holds, whether anything leads to it or not.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "store/pinned.hpp"

namespace devbox::store {

// Behind the name of a tree whose files have owners.
inline constexpr const char* kWithOwners = " (with owners)";

struct StoredTree {
  std::string tree;                 // its digest
  std::vector<PinnedTree> sources;  // what leads to it; none after a removal that was killed
  std::int64_t last_use = 0;        // seconds since 1970, to a day
  bool in_use = false;              // somebody holds its lock
  bool owners = false;              // its store is one whose files have real owners
};

// Sorted by tree. Throws Error where the store cannot be read.
std::vector<StoredTree> inventory(const Pinned& store);

// What is remembered of a source: "source" ("tar:/home/me/debian.tar"), "archive" ("sha256:…"), …;
// empty, or 0, where nothing is.
std::string info_text(const PinnedTree& source, const char* key);

// What pins the source: the digest of its archive; of one that was made here, whose archive nobody
// keeps, that of the tree with ownership left out, as the lock file has it.
std::string pin_text(const PinnedTree& source);
std::uint64_t info_number(const PinnedTree& source, const char* key);

// For people: the first source, or the digest where there is none; and whether it has owners.
std::string name_of(const StoredTree& tree);

// The one of `trees` that `word` means, and of its sources those: a source as `image ls` prints it,
// or the digest of an archive or of a tree, with "sha256:" or without, or at least eight digits
// that begin one. Throws Error where it means none or several.
StoredTree select(const std::vector<StoredTree>& trees, const std::string& word);

// The same of trees of two stores: one of each that has it.
std::vector<StoredTree> select_in_each(const std::vector<StoredTree>& trees,
                                       const std::string& word);

}  // namespace devbox::store
