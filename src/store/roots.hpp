// Persistent roots: what boxes have written over a tree, kept for the next. Below
// $XDG_STATE_HOME/devbox/roots/IDENTITY/KEY, where IDENTITY is the profile's (store/identity.hpp)
// and KEY the tree's:
//
//   upper, work  of the overlay (overlayfs.rst, "Upper and Lower")
//   lock         held (flock(2)) by the box that has it mounted: its name is in it
//   tree         a link whose text is the tree, for people
//   profile      a link whose text is the profile file; one of an older devbox has none
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "store/rootfs.hpp"

namespace devbox::store {

struct KeptRoot {
  std::string directory;  // of this identity and this tree, made or not
  bool exists = false;
  std::vector<std::string> others;  // the trees that this identity has other roots on
  // Of Rootfs::files and Rootfs::programs, what lies in the upper: it is what the box sees.
  std::map<std::string, std::string> files;
  std::map<std::string, bool> programs;
};

// A pinned tree's digest, or where its files have owners what that hashes to; of any other
// directory what its path hashes to. `data` is the directory of the store. Both with every link
// followed.
std::string tree_key(const std::string& tree, const std::string& data);

// `roots` is the directory of all of an identity's. Throws Error where it cannot be read.
KeptRoot look_at_root(const std::string& roots, const std::string& key, const Rootfs& rootfs);

// One of them on disk.
struct StoredRoot {
  std::string directory;
  std::string key;
  std::string tree;  // empty where it is not known, as the profile
  std::string profile;
  std::int64_t last_use = 0;  // when a box last began on it, in seconds since 1970
};

// Those of one identity, sorted by key; `all` is the directory of everybody's. Throws Error.
std::vector<StoredRoot> roots_of(const std::string& roots);
std::vector<StoredRoot> all_roots(const std::string& all);

}  // namespace devbox::store
