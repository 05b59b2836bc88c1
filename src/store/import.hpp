// An archive of a root filesystem into the store.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "store/pinned.hpp"

namespace devbox::store {

struct Imported {
  std::string archive;  // the SHA-256 of its bytes, in hex
  std::string tree;     // the digest of the tree with ownership, and without
  std::string plain;
  std::uint64_t names = 0;
  std::uint64_t bytes = 0;
  std::vector<std::string> notes;  // what differs from what the archive says
};

using Progress = std::function<void(std::uint64_t names, std::uint64_t bytes)>;

// The name in the store of an archive with that SHA-256.
std::string archive_key(std::string_view sha256);

// Unpacks the archive `file` by the program `image` (devbox-image). Where `expected` is not empty
// and the archive has another SHA-256, nothing of it is kept. Throws Error.
Imported import_archive(const Pinned& store, const std::string& image, const std::string& file,
                        const std::string& expected, const Progress& progress);

}  // namespace devbox::store
