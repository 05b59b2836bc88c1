// Two directories, name by name: what two builds made, to the last byte. Who owns a file, when it
// was written and which names are one file is not part of what a build gives.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "image/spot.hpp"

namespace devbox::image {

enum class Aspect { content, kind, mode, link, only_in_first, only_in_second };

// "content", "only_in_first".
const char* word_of(Aspect aspect);

struct PathDifference {
  std::string path;  // below both directories, raw
  Aspect aspect = Aspect::content;
  std::string first;   // of a mode its octal digits, of a kind its word, of a link its text
  std::string second;  // the same
  // Of content alone:
  std::uint64_t offset = 0;
  std::array<std::uint64_t, 2> sizes{};
  std::optional<std::uint64_t> differing_bytes = std::nullopt;
  Spot spot = {};
};

struct Compared {
  bool same = true;
  std::uint64_t files = 0;  // regular ones that were read in both
  std::uint64_t bytes = 0;  // of those in the first
};

// Both directories are borrowed; no link is followed. Each difference goes to `use`, in the byte
// order of the names of each directory, a directory before what is in it; below one that is only in
// the one nothing is named. A path whose mode and content differ is two of them. Throws Error where
// something cannot be read.
Compared compare_trees(int first, int second,
                       const std::function<void(const PathDifference&)>& use);

}  // namespace devbox::image
