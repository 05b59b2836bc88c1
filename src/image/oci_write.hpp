// The documents of an image of one layer (OCI image specification 1.1: config.md, manifest.md,
// image-index.md, image-layout.md), the same bytes for the same values. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "image/oci.hpp"

namespace devbox::image {

inline constexpr const char* kManifestType = "application/vnd.oci.image.manifest.v1+json";
inline constexpr const char* kOctets = "application/octet-stream";

struct ImageParts {
  ImagePlatform platform;
  std::vector<std::string> env;  // "NAME=VALUE"
  std::string cwd;               // may be empty
  std::string user;              // may be empty
  std::int64_t created = 0;      // seconds since 1970
  std::string diff_id;           // hex
  Compression compression = Compression::gzip;
  std::string layer;  // hex: what the compressed layer has
  std::uint64_t layer_size = 0;
};

struct ImageDocuments {
  std::string config;
  std::string manifest;
  Descriptor config_blob;
  Descriptor layer_blob;
  std::string manifest_digest;  // hex
};

ImageDocuments image_documents(const ImageParts& parts);

// "2024-02-29T12:00:00Z"; a time that a year of four digits does not have becomes the nearest.
std::string rfc3339(std::int64_t seconds);

std::string layout_file();  // "oci-layout"

// index.json with the image under that name, which may be empty, in the place of the one that has
// it in `existing` (empty: there is no index yet). Throws Error where that is no index.
std::string index_with(std::string_view existing, const ImageDocuments& image,
                       const ImagePlatform& platform, const std::string& name);

// Whether an index may have it (image-layout.md, "Content": org.opencontainers.image.ref.name).
bool is_reference_name(std::string_view name);

}  // namespace devbox::image
