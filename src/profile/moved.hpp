// What is not the same in two lock files of one profile: before, and now. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "profile/lock.hpp"

namespace devbox::profile {

struct Moved {
  std::string what;    // "g++", "archive", "index", "linux/amd64"
  std::string before;  // a version, or "sha256:…"; empty: it was not there
  std::string now;     // empty: it is not there any more
  // Of a manifest: how many of its layers, from the lowest, were there before.
  std::size_t same_layers = 0;
  std::size_t layers = 0;  // 0: no manifest

  std::string text() const;  // "g++  4:12.2.0-3 -> 4:12.2.0-4"
};

// Packages and archives first, then the index and the platforms; each by name. An index that is
// the one manifest itself is not told beside it.
std::vector<Moved> moved(const Lock& before, const Lock& now);

}  // namespace devbox::profile
