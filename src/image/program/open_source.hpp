// A source of an image, opened: the registry, or the directory that holds it.
#pragma once

#include <memory>
#include <string>

#include "image/blobs.hpp"
#include "image/source.hpp"

namespace devbox::image {

struct OpenSource {
  std::unique_ptr<Blobs> blobs;
  std::string file;  // of an archive: its SHA-256 in hex
};

// An archive is unpacked first, by a process that can reach nothing else, below `scratch`, which
// may be empty where the source is none. Throws Error.
OpenSource open_source(const Source& source, const std::string& scratch);

// Removes what open_source left in `scratch`. Throws Error.
void close_source(const Source& source, const std::string& scratch);

}  // namespace devbox::image
