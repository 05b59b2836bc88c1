// devbox-image resolve: what a reference stands for, for each platform. It holds the credentials,
// and so reads the registry's documents and no archive.
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include "host/files.hpp"
#include "image/oci.hpp"
#include "image/program/say.hpp"
#include "image/registry.hpp"
#include "image/source.hpp"
#include "util/error.hpp"

namespace devbox::image {
namespace {

constexpr std::size_t kMostText = std::size_t{1} << 20U;

std::string named(const std::string& hex) { return "sha256:" + hex; }

Json json_of(const Descriptor& descriptor) {
  return {{"digest", named(descriptor.digest)},
          {"size", descriptor.size},
          {"media_type", descriptor.media_type}};
}

Json json_of(const Descriptor& own, const Manifest& manifest, const Config& config) {
  Json layers = Json::array();
  for (const Layer& layer : manifest.layers) layers.push_back(json_of(layer));
  Json diff_ids = Json::array();
  for (const std::string& id : config.diff_ids) diff_ids.push_back(named(id));
  return {{"manifest", json_of(own)}, {"config", json_of(manifest.config)},
          {"layers", layers},         {"diff_ids", diff_ids},
          {"env", config.env},        {"cwd", config.cwd},
          {"user", config.user}};
}

class Resolver {
 public:
  explicit Resolver(const Source& source) : source_(source), registry_(source.access) {}

  Json resolve() {
    const Document document = registry_.manifest(source_.wanted());
    said_["platforms"] = Json::object();
    if (document_kind(document.media_type, document.bytes) == DocumentKind::index) {
      said_["index"] = named(document.digest);
      take_index(parse_index(document.bytes));
    } else {
      take_manifest(document, ImagePlatform());
    }
    return std::move(said_);
  }

 private:
  void take_index(const Index& index) {
    for (const ImagePlatform& platform : source_.platforms) take_entry(choose(index, platform));
    if (!source_.platforms.empty()) return;
    for (const IndexEntry& entry : index.manifests) take_entry(entry);
    if (index.manifests.empty()) throw Error("its index has no image that a box can run on");
  }

  void take_entry(const IndexEntry& entry) {
    const Document document = registry_.manifest(entry.manifest.digest);
    if (document.bytes.size() != entry.manifest.size) {
      throw Error(fmt::format("the manifest sha256:{} has {} bytes, and its index says {}",
                              document.digest, document.bytes.size(), entry.manifest.size));
    }
    if (document_kind(document.media_type, document.bytes) != DocumentKind::manifest)
      throw Error(fmt::format("sha256:{}, of the index, is an index itself", document.digest));
    take_manifest(document, entry.platform);
  }

  // `platform` is what the index says, empty where it does not.
  void take_manifest(const Document& document, const ImagePlatform& platform) {
    const Manifest manifest = parse_manifest(document.bytes);
    const Config config = parse_config(registry_.small_blob(manifest.config));
    require_fit(manifest, config);
    ImagePlatform own = platform.os.empty() ? config.platform : platform;
    if (own.os != "linux") throw Error(fmt::format("it is for {}, not for Linux", own.name()));
    const Descriptor descriptor{document.media_type, document.digest, document.bytes.size()};
    // The first of an index is what is taken where several are for one platform.
    Json& platforms = said_["platforms"];
    if (!platforms.contains(own.name()))
      platforms[own.name()] = json_of(descriptor, manifest, config);
  }

  const Source& source_;
  Registry registry_;
  Json said_ = Json::object();
};

Json resolve(const Source& source) {
  try {
    return Resolver(source).resolve();
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", source.text(), error.message()), error.hint());
  }
}

}  // namespace

int resolve_command() {
  ::signal(SIGPIPE, SIG_IGN);
  die_with_parent();
  return say_errors([&] {
    const host::Contents text = host::contents(STDIN_FILENO, kMostText);
    const std::optional<Json> recipe = parse_json(text.bytes);
    write_text(STDOUT_FILENO, json_line(resolve(parse_source(recipe.value_or(Json())))));
  });
}

}  // namespace devbox::image
