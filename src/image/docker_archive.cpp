#include "image/docker_archive.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <utility>
#include <vector>

#include "host/cannot.hpp"
#include "host/files.hpp"
#include "image/blob_file.hpp"
#include "image/sha256.hpp"
#include "kernel/file.hpp"
#include "util/error.hpp"
#include "util/json.hpp"
#include "util/text.hpp"

namespace devbox::image {
namespace {

constexpr const char* kList = "manifest.json";
constexpr const char* kManifestType = "application/vnd.oci.image.manifest.v1+json";
constexpr const char* kConfigType = "application/vnd.oci.image.config.v1+json";
constexpr const char* kLayerType = "application/vnd.oci.image.layer.v1.tar";

struct Listed {
  std::string config;
  std::vector<std::string> layers;
};

[[noreturn]] void fail(const std::string& shown, std::string_view what) {
  throw Error(fmt::format("{}: its {} {}", shown, kList, what),
              "`docker save` and `skopeo copy … docker-archive:FILE` write such an archive");
}

Listed listed(const std::string& shown, const std::string& bytes) {
  const std::optional<Json> list = parse_json(bytes);
  if (!list || !list->is_array() || list->empty()) fail(shown, "lists no image");
  if (list->size() > 1) fail(shown, "lists several images; save one alone");
  const Json& image = list->front();
  Listed result;
  const auto text = [&](const Json& value) {
    if (!value.is_string() || value.get<std::string>().empty()) fail(shown, "is not as it must be");
    return value.get<std::string>();
  };
  if (!image.is_object() || !image.contains("Config") || !image.contains("Layers") ||
      !image["Layers"].is_array() || image["Layers"].size() > kMostLayers)
    fail(shown, "is not as it must be");
  result.config = text(image["Config"]);
  for (const Json& layer : image["Layers"]) result.layers.push_back(text(layer));
  return result;
}

Json json_of(const Descriptor& descriptor) {
  return {{"mediaType", descriptor.media_type},
          {"digest", "sha256:" + descriptor.digest},
          {"size", descriptor.size}};
}

}  // namespace

DockerArchive::DockerArchive(const std::string& directory, std::string shown)
    : shown_(std::move(shown)),
      directory_(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  if (!directory_) throw host::cannot("open", directory, errno);
  const Fd list = open(kList);
  host::Contents read = host::contents(list.get(), kMostDocument);
  if (!read.ok())
    throw host::cannot("read", shown_ + ": " + kList, read.err != 0 ? read.err : EFBIG);
  const Listed image = listed(shown_, read.bytes);
  Json manifest = {{"schemaVersion", 2},
                   {"mediaType", kManifestType},
                   {"config", json_of(describe(image.config, kConfigType))},
                   {"layers", Json::array()}};
  for (const std::string& layer : image.layers)
    manifest["layers"].push_back(json_of(describe(layer, kLayerType)));
  manifest_.bytes = json_line(manifest);
  manifest_.media_type = kManifestType;
  manifest_.digest = sha256_of(manifest_.bytes);
}

Document DockerArchive::manifest(std::string_view tag_or_digest) {
  if (tag_or_digest.empty() || tag_or_digest == manifest_.digest) return manifest_;
  throw Error(fmt::format("{} has not the image that is pinned: it is sha256:{}, and sha256:{} is "
                          "wanted",
                          shown_, manifest_.digest, printable(tag_or_digest)),
              "get the archive that was meant, or pin this one if you trust it");
}

std::string DockerArchive::small_blob(const Descriptor& descriptor) {
  return whole_blob(*this, descriptor);
}

void DockerArchive::blob(const Descriptor& descriptor, const Sink& sink,
                         const BlobProgress& progress) {
  const auto path = paths_.find(descriptor.digest);
  if (path == paths_.end())
    throw Error(fmt::format("{} lacks sha256:{}", shown_, descriptor.digest), kDamagedCopy);
  const Fd file = open(path->second);
  read_blob(file.get(), fmt::format("{}: {}", shown_, printable(path->second)), descriptor, sink,
            progress);
}

// Old archives have a layer that occurs twice once, and a link to it.
Fd DockerArchive::open(const std::string& path) const {
  const kernel::Sys<int> opened = kernel::open_in_root(directory_.get(), path.c_str());
  const std::string shown = fmt::format("{}: {}", shown_, printable(path));
  if (!opened) throw host::cannot("open", shown, opened.err);
  Fd file(opened.value);
  require_file(file.get(), shown);
  return file;
}

Descriptor DockerArchive::describe(const std::string& path, const char* media_type) {
  constexpr std::size_t kChunk = std::size_t{1024} * 1024;
  const Fd file = open(path);
  const auto buffer = std::make_unique<char[]>(kChunk);
  Sha256 hash;
  Descriptor descriptor{media_type, {}, 0};
  while (true) {
    const ssize_t got = ::read(file.get(), buffer.get(), kChunk);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw host::cannot("read", printable(path), errno);
    if (got == 0) break;
    hash.add(buffer.get(), static_cast<std::size_t>(got));
    descriptor.size += static_cast<std::uint64_t>(got);
  }
  descriptor.digest = hash.hex();
  paths_[descriptor.digest] = path;
  return descriptor;
}

}  // namespace devbox::image
