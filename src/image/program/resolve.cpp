// devbox-image resolve: what a reference stands for, for each platform. It holds the credentials,
// and so reads the registry's documents and no archive.
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include "image/oci.hpp"
#include "image/program/say.hpp"
#include "image/registry.hpp"
#include "image/source.hpp"
#include "util/error.hpp"

namespace devbox::image {
namespace {

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
 private:
  // What is wrong with a document is said of the image.
  template <class Use>
  auto read(std::string_view which, Use use) {
    try {
      return use();
    } catch (const Error& error) {
      throw Error(fmt::format("cannot use {}: {}{}{}", source_.text(), which,
                              which.empty() ? "" : ": ", error.message()),
                  error.hint());
    }
  }

 public:
  explicit Resolver(const Source& source) : source_(source), registry_(source.access) {}

  Json resolve() {
    const Document document = registry_.manifest(source_.wanted());
    said_["platforms"] = Json::object();
    const bool is_index = read("", [&] { return kind(document) == DocumentKind::index; });
    if (is_index) {
      said_["index"] = named(document.digest);
      take_index(read("its index", [&] { return parse_index(document.bytes); }));
    } else {
      take_manifest(document, ImagePlatform());
    }
    return std::move(said_);
  }

 private:
  static DocumentKind kind(const Document& document) {
    return document_kind(document.media_type, document.bytes);
  }

  void take_index(const Index& index) {
    std::vector<IndexEntry> wanted = index.manifests;
    if (!source_.platforms.empty()) wanted.clear();
    for (const ImagePlatform& platform : source_.platforms)
      wanted.push_back(read("its index", [&] { return choose(index, platform); }));
    for (const IndexEntry& entry : wanted) take_entry(entry);
    if (wanted.empty()) {
      throw Error(fmt::format("cannot use {}: its index has nothing that a box can run on",
                              source_.text()));
    }
  }

  void take_entry(const IndexEntry& entry) {
    const Document document = registry_.manifest(entry.manifest.digest);
    const std::string name = fmt::format("its manifest sha256:{}", document.digest);
    read(name, [&] {
      if (document.bytes.size() != entry.manifest.size) {
        throw Error(fmt::format("it has {} bytes, and the index says {}", document.bytes.size(),
                                entry.manifest.size));
      }
      if (kind(document) == DocumentKind::index) throw Error("it is an index, within an index");
    });
    take_manifest(document, entry.platform);
  }

  // `platform` is what the index says, empty where it does not.
  void take_manifest(const Document& document, const ImagePlatform& platform) {
    const Manifest manifest = read("its manifest", [&] { return parse_manifest(document.bytes); });
    const std::string bytes = registry_.small_blob(manifest.config);
    const Config config = read("its config", [&] {
      Config parsed = parse_config(bytes);
      require_fit(manifest, parsed);
      const std::string& os = parsed.platform.os;
      if (os != "linux") throw Error(fmt::format("it is for {}, not for Linux", os));
      return parsed;
    });
    const ImagePlatform& own = platform.os.empty() ? config.platform : platform;
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

}  // namespace

int resolve_command() {
  ::signal(SIGPIPE, SIG_IGN);
  die_with_parent();
  return say_errors([&] {
    const Source source = parse_source(read_recipe(STDIN_FILENO));
    write_text(STDOUT_FILENO, json_line(Resolver(source).resolve()));
  });
}

}  // namespace devbox::image
