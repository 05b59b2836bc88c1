// The half of devbox-image that meets the layers of an image, as the other half sees it.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "image/confine.hpp"
#include "image/layers.hpp"
#include "util/fd.hpp"

namespace devbox::image {

struct LayersHalf {
  pid_t pid = -1;
  std::vector<Fd> layers;  // what is written to the first it takes for the lowest layer
};

// A process that can reach `directory` and nothing else, and makes of the layers a tree in it:
// "root" and "manifest", with owners where there are. Each layer must have its digest of `diff_ids`
// (hex). It begins the layers in their order, layers_at_once() of them. What it
// found, or what was wrong, it says. Throws Error where none can be started.
LayersHalf start_layers_half(const std::string& directory, const Owners& owners,
                             const std::vector<std::string>& diff_ids);

// Its exit status; 128 and the signal where one ended it. The pipes are closed first.
int end_layers_half(LayersHalf half);

}  // namespace devbox::image
