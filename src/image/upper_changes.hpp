// A tree and what was written over it: what differs, and what both make together. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "image/manifest.hpp"
#include "image/upper.hpp"

namespace devbox::image {

// What a box saw of the tree below what it wrote.
enum class Below {
  directory,  // a directory that is used as it is
  pinned,     // a tree of the store, all of whose files are the user's
  owned,      // one whose files have owners
};

// The owner of what devbox generates below what a box writes: it is not compared.
inline constexpr std::uint64_t kAnyOwner = ~std::uint64_t{0};

struct UpperChange {
  enum class Kind : unsigned char { added, changed, deleted };
  std::string path;
  Kind kind = Kind::added;
  EntryKind type = EntryKind::file;  // what it is now, or was
  std::uint64_t size = 0;            // of a file that is there, in bytes
  // Of what is changed: "type", "content", "target", "mode", "owner", "xattrs".
  std::vector<const char*> what = {};
  std::string text = {};  // for people: "0644 is 0755 now"; may be empty
};

// Files whose content may be as it was: they have the size of the one below, whose digest is known
// or not. Of these changes() needs the digest.
std::vector<std::string> of_equal_size(const Entries& below, const Upper& upper);

// Sorted by path. `below` has whatever of the tree the upper has a name of, and of an opaque
// directory all. A file or a directory that is only copied up, or has another time, is no change;
// below a directory that is deleted nothing is named. Files without a digest differ.
std::vector<UpperChange> changes(const Entries& below, const Upper& upper, Below kind);

// What the box saw, as a tree of the same kind. The inodes from Merged::first_written on are of the
// upper. Without owners, what the tree has keeps the one that is recorded, and what is new is
// root's; bits and capabilities that are recorded and not applied stay with a file that is as it
// was.
struct Merged {
  Entries entries;
  std::uint64_t first_written = 0;
};
Merged merge(const Entries& below, const Upper& upper, Below kind);

}  // namespace devbox::image
