// Persistent roots: what boxes have written over a tree, kept for the next. Below
// $XDG_STATE_HOME/devbox/roots/IDENTITY/KEY, where IDENTITY is the profile's (store/identity.hpp)
// and KEY the tree's:
//
//   upper, work  of the overlay (overlayfs.rst, "Upper and Lower")
//   lock         held (flock(2)) by the box that has it mounted: its name is in it
//   tree         a link whose text is the tree, for people
#pragma once

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

}  // namespace devbox::store
