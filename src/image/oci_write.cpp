#include "image/oci_write.hpp"

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <optional>

#include "image/blob_file.hpp"
#include "image/sha256.hpp"
#include "util/error.hpp"
#include "util/json.hpp"

namespace devbox::image {
namespace {

constexpr const char* kIndexType = "application/vnd.oci.image.index.v1+json";
constexpr const char* kConfigType = "application/vnd.oci.image.config.v1+json";
constexpr const char* kNameKey = "org.opencontainers.image.ref.name";

const char* layer_type(Compression compression) {
  switch (compression) {
    case Compression::gzip:
      return "application/vnd.oci.image.layer.v1.tar+gzip";
    case Compression::zstd:
      return "application/vnd.oci.image.layer.v1.tar+zstd";
    case Compression::none:
      break;
  }
  return "application/vnd.oci.image.layer.v1.tar";
}

std::string sha256(const std::string& hex) { return "sha256:" + hex; }

template <class Object>
Object descriptor_json(const Descriptor& blob) {
  Object json = Object::object();
  json["mediaType"] = blob.media_type;
  json["digest"] = sha256(blob.digest);
  json["size"] = blob.size;
  return json;
}

template <class Object>
void add_platform(Object& json, const ImagePlatform& platform) {
  json["architecture"] = platform.architecture;
  json["os"] = platform.os;
  if (!platform.variant.empty()) json["variant"] = platform.variant;
}

std::string config_text(const ImageParts& parts) {
  const std::string created = rfc3339(parts.created);
  Json settings = Json::object();
  if (!parts.user.empty()) settings["User"] = parts.user;
  if (!parts.env.empty()) settings["Env"] = parts.env;
  if (!parts.cwd.empty()) settings["WorkingDir"] = parts.cwd;
  Json config = {{"created", created}};
  add_platform(config, parts.platform);
  config["config"] = settings;
  config["rootfs"] = {{"type", "layers"}, {"diff_ids", {sha256(parts.diff_id)}}};
  config["history"] = Json::array({{{"created", created}, {"created_by", "devbox image export"}}});
  return json_line(config);
}

std::string manifest_text(const ImageDocuments& documents) {
  const Json manifest = {{"schemaVersion", 2},
                         {"mediaType", kManifestType},
                         {"config", descriptor_json<Json>(documents.config_blob)},
                         {"layers", Json::array({descriptor_json<Json>(documents.layer_blob)})}};
  return json_line(manifest);
}

ForeignJson parse_index_json(std::string_view existing) {
  if (existing.empty()) {
    return {{"schemaVersion", 2}, {"mediaType", kIndexType}, {"manifests", ForeignJson::array()}};
  }
  std::optional<ForeignJson> index = parse_foreign_json(existing);
  const bool is_index = index && index->is_object() && index->contains("manifests") &&
                        (*index)["manifests"].is_array();
  if (!is_index) throw Error("index.json is no image index", "name another directory");
  return std::move(*index);
}

std::string name_of(const ForeignJson& entry) {
  if (!entry.is_object() || !entry.contains("annotations")) return {};
  const ForeignJson& annotations = entry["annotations"];
  if (!annotations.is_object() || !annotations.contains(kNameKey)) return {};
  const ForeignJson& name = annotations[kNameKey];
  return name.is_string() ? name.get<std::string>() : std::string();
}

// Of two that have no name the platform tells which is which.
bool has_place_of(const ForeignJson& entry, const ForeignJson& image) {
  if (name_of(entry) != name_of(image)) return false;
  if (!name_of(image).empty()) return true;
  return !entry.is_object() || !entry.contains("platform") ||
         entry["platform"] == image["platform"];
}

}  // namespace

std::string rfc3339(std::int64_t seconds) {
  constexpr std::int64_t kYear10000 = 253'402'300'800;
  const time_t time = std::clamp<std::int64_t>(seconds, 0, kYear10000 - 1);
  struct tm utc {};
  char text[32] = "";
  ::gmtime_r(&time, &utc);
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text;
}

ImageDocuments image_documents(const ImageParts& parts) {
  ImageDocuments documents;
  documents.config = config_text(parts);
  documents.config_blob = {kConfigType, sha256_of(documents.config), documents.config.size()};
  documents.layer_blob = {layer_type(parts.compression), parts.layer, parts.layer_size};
  documents.manifest = manifest_text(documents);
  documents.manifest_digest = sha256_of(documents.manifest);
  return documents;
}

std::string layout_file() { return json_line({{"imageLayoutVersion", "1.0.0"}}); }

std::string index_with(std::string_view existing, const ImageDocuments& image,
                       const ImagePlatform& platform, const std::string& name) {
  ForeignJson index = parse_index_json(existing);
  ForeignJson entry =
      descriptor_json<ForeignJson>({kManifestType, image.manifest_digest, image.manifest.size()});
  entry["platform"] = ForeignJson::object();
  add_platform(entry["platform"], platform);
  if (!name.empty()) entry["annotations"] = {{kNameKey, name}};
  ForeignJson kept = ForeignJson::array();
  for (ForeignJson& other : index["manifests"]) {
    if (!has_place_of(other, entry)) kept.push_back(std::move(other));
  }
  kept.push_back(std::move(entry));
  index["manifests"] = std::move(kept);
  return index.dump(-1, ' ', false, ForeignJson::error_handler_t::replace) + "\n";
}

bool is_reference_name(std::string_view name) {
  constexpr std::string_view kOthers = "-._:@/+";
  return !name.empty() && std::all_of(name.begin(), name.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kOthers.find(c) != std::string_view::npos;
  });
}

}  // namespace devbox::image
