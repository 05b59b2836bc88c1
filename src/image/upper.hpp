// What a box has written over a tree: the upper of an overlay (overlayfs.rst) that
// kernel/overlay.hpp mounts, read where it lies.
//
// A box chose every name in it, and everything of each.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "image/manifest.hpp"

namespace devbox::image {

struct Written {
  Entry entry;            // of a file, without its digest
  bool whiteout = false;  // what the tree has there is gone; nothing of `entry` means anything then
  bool opaque = false;    // a directory in which nothing of the tree is seen
};

// By path relative to the root, as Entries; "" is the root itself. A directory is there where
// anything in it is.
struct Upper {
  std::map<std::string, Written> names;
  std::uint64_t sockets = 0;  // which no tree can have; not among the names
  std::uint64_t bytes = 0;    // of disk, all files and directories
};

// Reads `directory` (borrowed). What goes meanwhile is passed over: a box may be running on it. The
// owners are as this user namespace has them. Throws Error.
Upper read_upper(int directory);

// Of the lower `directory` (borrowed), what stands where `upper` has a name, and all that an opaque
// directory of it hides. Throws Error.
Entries read_below(int directory, const Upper& upper);

}  // namespace devbox::image
