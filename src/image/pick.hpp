// The images that a source stands for, by platform: their documents, read and checked.
#pragma once

#include <string>
#include <vector>

#include "image/blobs.hpp"
#include "image/source.hpp"
#include "util/json.hpp"

namespace devbox::image {

struct Image {
  Document document;  // the manifest's
  Manifest manifest;
  Config config;
  std::string platform;  // "linux/amd64"
};

struct Images {
  std::string index;          // hex of its digest; empty where the source is a manifest itself
  std::vector<Image> images;  // at least one, each of another platform
};

// Of the platforms of `source`, or of all that there are where it has none. Throws Error where one
// is not there, or is no image of Linux.
Images pick(Blobs& blobs, const Source& source);

// Of the first platform of `source`. Throws Error.
Image pick_one(Blobs& blobs, const Source& source);

// {"manifest", "config", "layers", "diff_ids", "env", "cwd", "user"}; the first three are
// descriptors.
Json image_json(const Image& image);

}  // namespace devbox::image
