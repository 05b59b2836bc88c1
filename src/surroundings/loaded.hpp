// The settings of this process.
#pragma once

#include <stdint.h>

#include "surroundings/settings.hpp"
#include "surroundings/shown_time.hpp"

namespace devbox::surroundings {

enum class Sort { none, sorted, reversed, hashed };

struct Loaded {
  TimeMap time;
  Sort sort = Sort::none;
  uint64_t seed = 0;
  char release[kMostText + 1]{};  // empty: the kernel's
  char version[kMostText + 1]{};
};

// Read once, before the program's first thread.
const Loaded& loaded();

inline bool time_is_changed() { return loaded().time.slowdown != 0; }

}  // namespace devbox::surroundings
