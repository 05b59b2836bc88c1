// The layers of an image, one upon the other: which names the tree has in the end, and which
// layer's files. Pure: links are followed in what is known of the tree, and nothing is looked up on
// disk.
#pragma once

#include <cstdint>
#include <vector>

#include "image/layer.hpp"
#include "image/manifest.hpp"

namespace devbox::image {

struct Place {
  std::size_t layer = 0;   // from 0, the lowest
  std::uint64_t file = 0;  // of that layer's; 0: it has no bytes anywhere
};

struct Flattened {
  Entries entries;
  std::vector<Place> places;  // by Entry::inode
};

// Follows the specification, and where that is silent what umoci and containerd do:
//
//   - a whiteout or an opaque directory takes away what lower layers have, and nothing of its own;
//   - a directory upon a directory keeps what is in it; all else replaces, and takes what was
//   below;
//   - a member below a link is put where the link leads, inside of the tree;
//   - directories that no layer names are made, 0755, root's, of 1970.
//
// Throws Error where a member lies below what is no directory, where links lead in circles, where a
// hard link is to what is not there, and where the tree itself would be no directory.
Flattened flatten(const std::vector<Changes>& layers);

}  // namespace devbox::image
