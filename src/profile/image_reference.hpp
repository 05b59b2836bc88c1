// What follows `docker://` in a source: a registry, a repository, a tag, a digest. Pure.
//
// The grammar is the distribution project's (its package "reference"); a name without a registry is
// Docker Hub's, as every client has it: "gcc" is docker.io/library/gcc:latest.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace devbox::profile {

struct ImageReference {
  std::string registry;    // "docker.io", "localhost:5000", "[::1]:5000"
  std::string repository;  // "library/gcc"
  std::string tag;         // "latest" where neither was written; empty where only a digest was
  std::string digest;      // hex of a SHA-256; may be empty

  bool operator==(const ImageReference&) const = default;

  // "docker.io/library/gcc:12@sha256:…": parsed again it is the same.
  std::string text() const;
};

struct ParsedReference {
  std::optional<ImageReference> reference;
  std::string mistake;  // "the tag \"-x\" …"; empty where there is a reference
};

// `text` without `docker://`.
ParsedReference parse_image_reference(std::string_view text);

}  // namespace devbox::profile
