#include "image/oci.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "image/oci_json.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace devbox::image {
namespace {

constexpr std::string_view kOldFormat =
    "it is in a format of Docker's of before 2016 (manifest version 2, schema 1), which says of no "
    "layer what must come out of it";
constexpr std::string_view kOldFormatHint =
    "push it again with a current docker, podman or skopeo; they write the formats of today";

struct DocumentType {
  std::string_view media_type;
  DocumentKind kind;
};
constexpr DocumentType kDocuments[] = {
    {"application/vnd.oci.image.index.v1+json", DocumentKind::index},
    {"application/vnd.docker.distribution.manifest.list.v2+json", DocumentKind::index},
    {"application/vnd.oci.image.manifest.v1+json", DocumentKind::manifest},
    {"application/vnd.docker.distribution.manifest.v2+json", DocumentKind::manifest},
};

constexpr std::string_view kConfigs[] = {
    "application/vnd.oci.image.config.v1+json",
    "application/vnd.docker.container.image.v1+json",
};

// What says nothing of the document: a file server's, a cache's.
constexpr std::string_view kGeneric[] = {"", "application/json", "application/octet-stream",
                                         "text/plain", "binary/octet-stream"};

struct LayerType {
  std::string_view media_type;
  Compression compression;
};
constexpr LayerType kLayers[] = {
    {"application/vnd.oci.image.layer.v1.tar+gzip", Compression::gzip},
    {"application/vnd.oci.image.layer.v1.tar+zstd", Compression::zstd},
    {"application/vnd.oci.image.layer.v1.tar", Compression::none},
    {"application/vnd.docker.image.rootfs.diff.tar.gzip", Compression::gzip},
    {"application/vnd.docker.image.rootfs.diff.tar.zstd", Compression::zstd},
    {"application/vnd.docker.image.rootfs.diff.tar", Compression::none},
};

bool is_generic(std::string_view media_type) {
  return std::find(std::begin(kGeneric), std::end(kGeneric), media_type) != std::end(kGeneric);
}

std::optional<DocumentKind> kind_of(std::string_view media_type) {
  const auto* found = std::find_if(std::begin(kDocuments), std::end(kDocuments),
                                   [&](const auto& row) { return row.media_type == media_type; });
  return found == std::end(kDocuments) ? std::nullopt : std::optional(found->kind);
}

// A media type without its parameters, in lower case: "Application/JSON; charset=utf-8".
std::string plain_type(std::string_view media_type) {
  std::string plain = lower_case(media_type.substr(0, media_type.find(';')));
  while (!plain.empty() && (plain.back() == ' ' || plain.back() == '\t')) plain.pop_back();
  return plain;
}

bool is_web_page(std::string_view media_type, std::string_view bytes) {
  const std::size_t first = bytes.find_first_not_of(" \t\r\n");
  return media_type == "text/html" || media_type == "application/xhtml+xml" ||
         (first != std::string_view::npos && bytes[first] == '<');
}

[[noreturn]] void refuse_type(std::string_view media_type) {
  if (media_type.starts_with("application/vnd.docker.distribution.manifest.v1+"))
    throw Error(std::string(kOldFormat), std::string(kOldFormatHint));
  throw Error(fmt::format("it is no image but {}", shown_text(media_type)),
              "is this the repository of an image, or of something else that registries keep?");
}

void require_schema_2(const ForeignJson& document) {
  const auto version = document.find("schemaVersion");
  if (version != document.end() && *version == 1)
    throw Error(std::string(kOldFormat), std::string(kOldFormatHint));
  if (version == document.end() || *version != 2) throw Error("its `schemaVersion` is not 2");
}

// Of the two that both the server and the document may say.
std::string type_of(const std::string& served, const ForeignJson& document) {
  std::string own = text_member(document, "mediaType", Presence::optional);
  if (own.empty() || own == served) return served;
  if (!is_generic(served)) {
    throw Error(fmt::format("it says that it is {}, and the registry says that it is {}",
                            shown_text(own), shown_text(served)));
  }
  return own;
}

// "windows/amd64" and what no system runs: signatures, attestations (their platform is
// unknown/unknown), formats of others. An index must be read past what one does not know
// (image-index.md, "manifests", "mediaType").
bool is_for_a_box(const IndexEntry& entry) {
  if (kind_of(entry.manifest.media_type) != DocumentKind::manifest) return false;
  return entry.platform.os.empty() || entry.platform.os == "linux";
}

IndexEntry index_entry(const ForeignJson& value) {
  IndexEntry entry{read_descriptor(value, "an entry of the index"), {}};
  const auto platform = value.find("platform");
  if (platform == value.end() || platform->is_null()) return entry;
  entry.platform = read_platform(*platform);
  return entry;
}

// image-layout.md, "index.json file".
std::string name_in_layout(const ForeignJson& entry) {
  const auto annotations = entry.find("annotations");
  if (annotations == entry.end() || !annotations->is_object()) return {};
  return text_member(*annotations, "org.opencontainers.image.ref.name", Presence::optional);
}

Layer layer(const ForeignJson& value, std::size_t number) {
  const std::string name = fmt::format("layer {}", number);
  Layer layer{read_descriptor(value, name), Compression::none};
  const std::string_view type = layer.media_type;
  const auto* found = std::find_if(std::begin(kLayers), std::end(kLayers),
                                   [&](const LayerType& row) { return row.media_type == type; });
  if (found != std::end(kLayers)) {
    layer.compression = found->compression;
    return layer;
  }
  if (type.ends_with("+encrypted") || type.find("+encrypted+") != std::string_view::npos) {
    throw Error(fmt::format("{} is encrypted", name),
                "devbox has no keys for it; `skopeo copy --decryption-key` makes a plain copy");
  }
  if (type.find(".nondistributable.") != std::string_view::npos ||
      type.find(".foreign.") != std::string_view::npos) {
    throw Error(fmt::format("{} is not kept by registries: whoever made it lets nobody pass it on "
                            "({})",
                            name, shown_text(type)),
                "base the image on one without such a layer");
  }
  throw Error(fmt::format("{} is of a kind that is not known: {}", name, shown_text(type)));
}

}  // namespace

DocumentKind document_kind(std::string_view media_type, std::string_view bytes) {
  const std::string served = plain_type(media_type);
  if (is_web_page(served, bytes)) {
    throw Error("what came is a web page, and no manifest",
                "does a login page or a proxy of this network stand in between, or is the host no "
                "registry?");
  }
  const ForeignJson document = read_document(bytes);
  require_schema_2(document);
  const std::string type = type_of(served, document);
  const bool has_manifests = document.contains("manifests");
  const bool has_layers = document.contains("layers") || document.contains("config");
  if (has_manifests && has_layers)
    throw Error("it is an index and a manifest at once", "such a document is made to deceive");
  std::optional<DocumentKind> kind = kind_of(type);
  if (!kind && is_generic(type) && has_manifests) kind = DocumentKind::index;
  if (!kind && is_generic(type) && has_layers) kind = DocumentKind::manifest;
  if (!kind) refuse_type(type.empty() ? "something without a type" : type);
  if (has_manifests != (*kind == DocumentKind::index))
    throw Error(fmt::format("it is not the {} that it says", shown_text(type)));
  return *kind;
}

Index parse_index(std::string_view bytes) {
  const ForeignJson document = read_document(bytes);
  const ForeignJson& manifests = list_member(document, "manifests");
  if (manifests.size() > kMostManifests)
    throw Error(fmt::format("it has more than {} manifests", kMostManifests));
  Index index;
  for (const ForeignJson& value : manifests) {
    IndexEntry entry = index_entry(value);
    if (is_for_a_box(entry)) index.manifests.push_back(std::move(entry));
  }
  return index;
}

std::vector<IndexEntry> parse_layout_index(std::string_view bytes) {
  std::vector<IndexEntry> entries;
  const ForeignJson document = read_document(bytes);
  const ForeignJson& list = list_member(document, "manifests");
  if (list.size() > kMostManifests)
    throw Error(fmt::format("it lists more than {} images", kMostManifests));
  for (const ForeignJson& value : list) {
    if (!value.is_object()) throw Error("it lists what is no image");
    IndexEntry entry = index_entry(value);
    entry.name = name_in_layout(value);
    const bool is_index = kind_of(entry.manifest.media_type) == DocumentKind::index;
    if (is_index || is_for_a_box(entry)) entries.push_back(std::move(entry));
  }
  return entries;
}

Manifest parse_manifest(std::string_view bytes) {
  const ForeignJson document = read_document(bytes);
  const auto config = document.find("config");
  if (config == document.end()) throw Error("the manifest has no `config`");
  Manifest manifest{read_descriptor(*config, "the config"), {}};
  const std::string_view type = manifest.config.media_type;
  if (std::find(std::begin(kConfigs), std::end(kConfigs), type) == std::end(kConfigs))
    refuse_type(type);
  if (manifest.config.size > kMostDocument)
    throw Error(fmt::format("its config has {} bytes, which is too much", manifest.config.size));
  const ForeignJson& layers = list_member(document, "layers");
  if (layers.size() > kMostLayers)
    throw Error(fmt::format("it has {} layers, more than {}", layers.size(), kMostLayers));
  for (const ForeignJson& value : layers)
    manifest.layers.push_back(layer(value, manifest.layers.size() + 1));
  return manifest;
}

}  // namespace devbox::image
