// The documents of an image: OCI image specification 1.1 (image-index.md, manifest.md, config.md)
// and Docker's manifest version 2, schema 2. Pure; each parse throws Error that says what is wrong.
//
// They come from elsewhere: every value that is used is checked, and what no image needs is
// refused.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace devbox::image {

inline constexpr std::size_t kMostDocument = std::size_t{4} << 20U;  // of a manifest, as registries
inline constexpr std::size_t kMostManifests = 512;                   // of an index
inline constexpr std::size_t kMostLayers = 512;
inline constexpr std::uint64_t kMostBlob = std::uint64_t{1} << 40U;  // 1 TiB

struct Descriptor {
  std::string media_type;
  std::string digest;  // hex of a SHA-256
  std::uint64_t size = 0;

  bool operator==(const Descriptor&) const = default;
};

// An OCI index's "platform".
struct ImagePlatform {
  std::string os;
  std::string architecture;
  std::string variant;

  bool operator==(const ImagePlatform&) const = default;

  // "linux/amd64", "linux/arm/v7"; the variant that goes without saying (arm64's v8, amd64's v1)
  // is left out: host::platform()'s names.
  std::string name() const;
};

// Of "linux/arm64/v8"; throws Error.
ImagePlatform parse_platform(std::string_view name);

struct IndexEntry {
  Descriptor manifest;
  ImagePlatform platform;  // empty where the index does not say: the config does
  std::string name = {};   // org.opencontainers.image.ref.name, which a layout has; may be empty
};

struct Index {
  std::vector<IndexEntry> manifests;  // without attestations and other things that no box runs on
};

enum class Compression { none, gzip, zstd };

struct Layer : Descriptor {
  Compression compression = Compression::none;
};

struct Manifest {
  Descriptor config;
  std::vector<Layer> layers;  // the lowest first
};

struct Config {
  ImagePlatform platform;
  std::vector<std::string> diff_ids;  // hex; one for each layer: of its bytes, decompressed
  std::vector<std::string> env;       // "NAME=VALUE"
  std::string cwd;                    // may be empty
  std::string user;                   // "name", "1000:1000"; may be empty
};

enum class DocumentKind { index, manifest };

// What a document is: by `media_type`, what its server or descriptor calls it, and by itself. Both
// must agree, and none may be both (CVE-2021-41190). Schema 1 and what is no image are refused.
DocumentKind document_kind(std::string_view media_type, std::string_view bytes);

Index parse_index(std::string_view bytes);

// What an OCI layout's index.json lists: images and indexes, by their names.
std::vector<IndexEntry> parse_layout_index(std::string_view bytes);

Manifest parse_manifest(std::string_view bytes);
Config parse_config(std::string_view bytes);

// Throws Error where it has another number of layers than the manifest.
void require_fit(const Manifest& manifest, const Config& config);

// Whether a system of the platform `wanted` runs what was made for `offered`: the same, or a lower
// variant.
bool runs_on(const ImagePlatform& wanted, const ImagePlatform& offered);

// The entry for a platform: where several fit, the nearest variant. Throws Error that says which
// platforms there are.
const IndexEntry& choose(const Index& index, const ImagePlatform& wanted);

bool is_sha256(std::string_view hex);  // 64 lower-case hex digits

}  // namespace devbox::image
