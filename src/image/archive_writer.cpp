#include "image/archive_writer.hpp"

#include <map>
#include <memory>

#include "image/tar_writer.hpp"
#include "util/error.hpp"

namespace devbox::image {
namespace {

constexpr std::size_t kChunk = std::size_t{1} << 20U;

Entry directory() { return {.kind = EntryKind::directory, .mode = 0755}; }

Entry file(std::uint64_t size) { return {.kind = EntryKind::file, .mode = 0644, .size = size}; }

void add_layer(TarWriter& tar, const OutputFile& layer) {
  const auto buffer = std::make_unique<char[]>(kChunk);
  for (std::uint64_t at = 0; at < layer.size();) {
    const std::size_t got = layer.read(buffer.get(), kChunk, at);
    if (got == 0) throw Error("the layer became shorter while it was written");
    tar.bytes({buffer.get(), got});
    at += got;
  }
}

}  // namespace

void write_archive(const ImageDocuments& image, const ImagePlatform& platform,
                   const std::string& name, const OutputFile& layer,
                   const std::function<void(std::string_view)>& sink) {
  const std::string blobs = "blobs/sha256/";
  std::map<std::string, std::string> texts = {
      {blobs + image.config_blob.digest, image.config},
      {blobs + image.manifest_digest, image.manifest},
      {"index.json", index_with({}, image, platform, name)},
      {"oci-layout", layout_file()},
  };
  const std::string layer_name = blobs + image.layer_blob.digest;
  texts.emplace(layer_name, "");
  TarWriter tar(sink);
  tar.add("blobs", directory());
  tar.add("blobs/sha256", directory());
  for (const auto& [path, text] : texts) {
    const bool is_layer = path == layer_name;
    tar.add(path, file(is_layer ? layer.size() : text.size()));
    is_layer ? add_layer(tar, layer) : tar.bytes(text);
  }
  tar.finish();
}

}  // namespace devbox::image
