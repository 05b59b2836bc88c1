#include "image/pick.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "util/error.hpp"

namespace devbox::image {
namespace {

std::string named(const std::string& hex) { return "sha256:" + hex; }

Json json_of(const Descriptor& descriptor) {
  return {{"digest", named(descriptor.digest)},
          {"size", descriptor.size},
          {"media_type", descriptor.media_type}};
}

class Picker {
 public:
  Picker(Blobs& blobs, const Source& source) : blobs_(blobs), source_(source) {}

  Images pick() {
    Document document = blobs_.manifest(source_.wanted());
    if (read("", [&] { return kind(document) == DocumentKind::index; })) {
      images_.index = document.digest;
      take_index(read("its index", [&] { return parse_index(document.bytes); }));
    } else {
      take_manifest(image_of(std::move(document)));
    }
    return std::move(images_);
  }

 private:
  // What is wrong with a document is said of the image.
  template <class Use>
  auto read(std::string_view which, Use use) -> decltype(use()) {
    try {
      return use();
    } catch (const Error& error) {
      throw Error(fmt::format("cannot use {}: {}{}{}", source_.text(), which,
                              which.empty() ? "" : ": ", error.message()),
                  error.hint());
    }
  }

  static DocumentKind kind(const Document& document) {
    return document_kind(document.media_type, document.bytes);
  }

  // Under the platforms that are asked for, whatever variant they get; under all where none is.
  void take_index(const Index& index) {
    for (const ImagePlatform& platform : source_.platforms) {
      const IndexEntry entry = read("its index", [&] { return choose(index, platform); });
      add(platform.name(), image_of(entry));
    }
    if (!source_.platforms.empty()) return;
    if (index.manifests.empty()) {
      throw Error(fmt::format("cannot use {}: its index has nothing that a box can run on",
                              source_.text()));
    }
    for (const IndexEntry& entry : index.manifests) {
      Image image = image_of(entry);
      const ImagePlatform& own = entry.platform.os.empty() ? image.config.platform : entry.platform;
      add(own.name(), std::move(image));
    }
  }

  void take_manifest(const Image& image) {
    const ImagePlatform& own = image.config.platform;
    for (const ImagePlatform& platform : source_.platforms) {
      if (!runs_on(platform, own)) {
        throw Error(fmt::format("cannot use {}: it is for {}, and not for {}", source_.text(),
                                own.name(), platform.name()));
      }
      add(platform.name(), image);
    }
    if (source_.platforms.empty()) add(own.name(), image);
  }

  // The first of an index is what is taken where several are for one platform.
  void add(std::string platform, Image image) {
    image.platform = std::move(platform);
    const bool there = std::any_of(images_.images.begin(), images_.images.end(),
                                   [&](const Image& i) { return i.platform == image.platform; });
    if (!there) images_.images.push_back(std::move(image));
  }

  Image image_of(const IndexEntry& entry) {
    Document document = blobs_.manifest(entry.manifest.digest);
    read(fmt::format("its manifest sha256:{}", document.digest), [&] {
      if (document.bytes.size() != entry.manifest.size) {
        throw Error(fmt::format("it has {} bytes, and the index says {}", document.bytes.size(),
                                entry.manifest.size));
      }
      if (kind(document) == DocumentKind::index) throw Error("it is an index, within an index");
    });
    return image_of(std::move(document));
  }

  Image image_of(Document document) {
    Image image{std::move(document), {}, {}, {}};
    image.manifest = read("its manifest", [&] { return parse_manifest(image.document.bytes); });
    const std::string bytes = blobs_.small_blob(image.manifest.config);
    image.config = read("its config", [&] {
      Config parsed = parse_config(bytes);
      require_fit(image.manifest, parsed);
      const std::string& os = parsed.platform.os;
      if (os != "linux") throw Error(fmt::format("it is for {}, not for Linux", os));
      return parsed;
    });
    return image;
  }

  Blobs& blobs_;
  const Source& source_;
  Images images_;
};

}  // namespace

Images pick(Blobs& blobs, const Source& source) { return Picker(blobs, source).pick(); }

Image pick_one(Blobs& blobs, const Source& source) {
  return std::move(pick(blobs, source).images.front());
}

Json image_json(const Image& image) {
  Json layers = Json::array();
  for (const Layer& layer : image.manifest.layers) layers.push_back(json_of(layer));
  Json diff_ids = Json::array();
  for (const std::string& id : image.config.diff_ids) diff_ids.push_back(named(id));
  const Descriptor own{image.document.media_type, image.document.digest,
                       image.document.bytes.size()};
  return {{"manifest", json_of(own)}, {"config", json_of(image.manifest.config)},
          {"layers", layers},         {"diff_ids", diff_ids},
          {"env", image.config.env},  {"cwd", image.config.cwd},
          {"user", image.config.user}};
}

}  // namespace devbox::image
