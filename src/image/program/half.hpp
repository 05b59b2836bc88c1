// The half of devbox-image that meets the archive, as the other half sees it.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "image/confine.hpp"
#include "image/ring.hpp"

namespace devbox::image {

struct Half {
  pid_t pid = -1;
  std::unique_ptr<RingWriter> archive;  // what is written here it unpacks
};

// A process that can reach `directory` and nothing else, has forgotten the environment, and unpacks
// into it: "root" and "manifest", with owners where there are. What it found, or what was wrong, it
// says. Throws Error where none can be started.
Half start_half(const std::string& directory, const Owners& owners);

// Its exit status; 128 and the signal where one ended it. `archive` is ended first.
int end_half(Half half);

}  // namespace devbox::image
