// A tree on disk of the files of layers that have been unpacked.
#pragma once

#include <vector>

#include "image/confine.hpp"
#include "image/content.hpp"
#include "image/flatten.hpp"

namespace devbox::image {

// Makes in `root`, an empty directory, what `flattened` says; the files are moved from `layers`, by
// Place::layer the directory that read_layer filled (all borrowed). Of a layer that is -1 only what
// has no bytes is made, and its other files are left out: whoever has them puts them there. Devices
// are not made. With
// `owners`, in whose user namespace this must be called, all is given to those whom the layers say.
// Throws Error where an owner is not among them, and where writing fails.
void make_tree(const Flattened& flattened, const std::vector<int>& layers, int root,
               const Owners& owners);

}  // namespace devbox::image
