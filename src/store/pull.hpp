// An image of a registry, or of a directory or an archive of the same kind, into the store.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "profile/lock.hpp"
#include "profile/registries.hpp"
#include "store/image_config.hpp"
#include "store/import.hpp"

namespace devbox::store {

// What is asked for. One of `registry`, `layout` and `archive` is not empty.
struct ImageRequest {
  std::string registry;                // "docker.io"
  std::string repository;              // "library/gcc"
  profile::RegistrySettings settings;  // of the registry
  std::string layout;                  // an OCI layout's directory
  std::string archive;                 // a file: an OCI layout, or
  bool docker = false;                 // what `docker save` wrote
  std::string tag;                     // may be empty where there is a digest, or of a layout
  std::string digest;                  // hex, of a manifest or an index; may be empty
  std::string platform;                // "linux/amd64"
  std::vector<std::string> layers;     // hex: those that it has, where that is known
  std::string shown;                   // "docker://docker.io/library/gcc:12", for people
};

struct PulledImage {
  Imported imported;
  profile::LockedImage locked;
  std::string index;  // hex: what the tag or the digest stood for
};

// The name in the store of what was pinned by that digest, a manifest's or an index's.
std::string image_key(std::string_view digest, std::string_view platform);

// Fetches what `request` asks for and publishes the tree, under image_key of `request.digest` or,
// where that is empty, of its manifest. A tree that is not `expected` (hex; empty: any) is not
// kept. Throws Error.
PulledImage pull_image(const Pinned& store, const std::string& image, const ImageRequest& request,
                       const std::string& expected, const Progress& progress);

// The same as `source`, which pull_image published, into `staging`. Throws Error.
Imported pull_again(const Pinned& store, const Pinned::Staging& staging, const std::string& image,
                    const PinnedTree& source, const Progress& progress);

// What a registry or a layout has now, without trees.
struct ResolvedImage {
  std::string index;                                      // hex
  std::map<std::string, profile::LockedImage> platforms;  // of Linux
};
ResolvedImage resolve_image(const std::string& image, const ImageRequest& request);

}  // namespace devbox::store
