// Whether trees of the store are still what was unpacked, and how they become so again.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "host/host.hpp"
#include "store/import.hpp"
#include "store/inventory.hpp"
#include "store/pinned.hpp"

namespace devbox::store {

struct Difference {
  std::string path;               // empty: the tree itself, or its manifest
  std::vector<std::string> what;  // image/verify.hpp, or "manifest"
};

struct Verdict {
  std::vector<Difference> differences;
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
};

using ReadBytes = std::function<void(std::uint64_t bytes)>;

// By the program `image` (devbox-image); the tree is held meanwhile. std::nullopt where it is gone.
// Throws Error where it cannot be read at all.
std::optional<Verdict> verify(const Pinned& store, const std::string& image,
                              const std::string& tree, const ReadBytes& progress);

struct Repair {
  Verdict after;        // no differences: it is mended
  std::string why_not;  // where it is not
  std::string hint;
  bool others = false;  // files of it that others share were damaged: those need theirs, too
};

// How far it is.
struct RepairProgress {
  ReadBytes read;
  Progress made;
};

// Mends `tree` with the files of others, and where that does not do, with what it was unpacked or
// made from. A box that runs on it goes on with what it has. Throws Error where the store cannot be
// written.
Repair repair(const Pinned& store, const std::string& image, const host::Host& host,
              const StoredTree& tree, const RepairProgress& progress);

}  // namespace devbox::store
