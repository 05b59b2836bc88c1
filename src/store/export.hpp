// A tree of the store as an image for others: an archive, an OCI layout, or an image in a registry.
#pragma once

#include <cstdint>
#include <string>

#include "profile/image_reference.hpp"
#include "profile/profile.hpp"
#include "profile/registries.hpp"
#include "store/image_config.hpp"
#include "store/import.hpp"
#include "store/inventory.hpp"
#include "store/pinned.hpp"

namespace devbox::store {

struct ExportSource {
  std::string tree;      // hex
  std::string platform;  // "linux/amd64"
  ImageConfig config;
};

// Where it goes.
struct ExportTarget {
  profile::SourceKind kind = profile::SourceKind::tar;  // tar, oci, oci_archive or docker
  std::string path;                                     // of the first three; absolute
  std::string tag;                                      // of the second and third; may be empty
  profile::ImageReference reference;                    // of the last, with a tag
  profile::RegistrySettings settings;                   // of its registry
  std::string compression;                              // "gzip", "zstd" or "none"
};

struct Exported {
  std::string digest;  // hex: of the manifest, or of a plain archive
  std::string layer;   // hex: as it is compressed
  std::uint64_t layer_size = 0;
  bool layer_sent = false;  // to a registry that did not have it
};

// What is remembered of a tree whose sources are these; `platform` is for one of which that is not.
ExportSource export_source(const StoredTree& tree, const std::string& platform);

// By the program `image` (devbox-image); the tree is held meanwhile. Throws Error.
Exported export_tree(const Pinned& store, const std::string& image, const ExportSource& source,
                     const ExportTarget& target, const Progress& progress);

}  // namespace devbox::store
