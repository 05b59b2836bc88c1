// How much disk the trees take, and what they share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "store/pinned.hpp"

namespace devbox::store {

// What exactly these trees have in common: numbers into the list that was asked for, ascending.
struct Part {
  std::vector<std::size_t> trees;
  std::uint64_t bytes = 0;  // on disk
};

struct Usage {
  std::vector<Part> parts;
  std::uint64_t unused = 0;  // bytes of files that no tree has any more
  std::uint64_t unused_files = 0;

  std::uint64_t total() const;
  std::uint64_t own(std::size_t tree) const;     // what its removal frees
  std::uint64_t shared(std::size_t tree) const;  // what it has that others have too
  // Puts `more`, of trees that come after `trees` others in the list, to it.
  void add(const Usage& more, std::size_t trees);
  // What is left of all where `kept` says of each tree whether it stays.
  std::uint64_t left(const std::vector<bool>& kept) const;
};

// Walks through all of `trees` (digests). Follows no link. Throws Error.
Usage usage(const Pinned& store, const std::vector<std::string>& trees);

}  // namespace devbox::store
