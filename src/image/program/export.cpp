// devbox-image export: two processes. The second reads the tree (image/program/export_half.hpp);
// this one, which can write where the user can and may hold credentials, sees of it a stream of
// bytes: it compresses and hashes them, and writes or sends what becomes of them. Its recipe:
//
//   {"tree": HEX, "platform": "linux/amd64", "compression": "gzip", "scratch": DIRECTORY,
//    "config": {"env": ["NAME=VALUE"], "cwd": "/", "user": "1000"},
//    "to": {"layout": DIRECTORY, "tag": "1"}, {"archive": FILE, "tag": "1"},
//          {"archive": FILE, "plain": true}, or {"registry", "repository", "tag", "insecure"}}
//
// Of an image for a registry there may be {"packed": {"layer", "size", "diff_id", "created",
// "maker"}}: what was printed of the same tree and compression before. Where the registry has that
// layer, nothing is packed.
//
// The digest that it prints is the manifest's, or that of a plain archive.
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <utility>

#include "host/cannot.hpp"
#include "host/files.hpp"
#include "image/archive_writer.hpp"
#include "image/chunk_compressor.hpp"
#include "image/layout_writer.hpp"
#include "image/oci_write.hpp"
#include "image/program/export_half.hpp"
#include "image/program/say.hpp"
#include "image/program/stored.hpp"
#include "image/recipe.hpp"
#include "image/registry.hpp"
#include "image/sha256.hpp"
#include "image/source.hpp"
#include "util/error.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::image {
namespace {

struct Recipe {
  std::string tree;
  std::string scratch;
  Compression compression = Compression::gzip;
  ImageParts parts;
  Source to;
  bool plain = false;
  std::optional<ImageParts> packed;  // `parts`, as they were before
};

Compression parse_compression(const std::string& word) {
  if (word == "gzip") return Compression::gzip;
  if (word == "zstd") return Compression::zstd;
  if (word == "none") return Compression::none;
  wrong_recipe("compression");
}

// Of another compressor, or of another devbox, it means nothing.
std::optional<ImageParts> packed_before(const Json& packed, const ImageParts& parts) {
  if (packed.at("maker").get<std::string>() != compressor_name(parts.compression))
    return std::nullopt;
  ImageParts before = parts;
  before.layer = packed.at("layer").get<std::string>();
  before.layer_size = packed.at("size").get<std::uint64_t>();
  before.diff_id = packed.at("diff_id").get<std::string>();
  before.created = packed.at("created").get<std::int64_t>();
  if (!is_sha256(before.layer) || !is_sha256(before.diff_id)) wrong_recipe("packed");
  return before;
}

// Json's own exceptions say which member is wrong.
Recipe parse_recipe(const Json& json) {
  Recipe recipe;
  try {
    recipe.tree = json.at("tree").get<std::string>();
    recipe.scratch = json.at("scratch").get<std::string>();
    recipe.compression = parse_compression(json.at("compression").get<std::string>());
    recipe.plain = json.at("to").value("plain", false);
    recipe.to = parse_source(json.at("to"));
    const Json& config = json.at("config");
    recipe.parts.platform = parse_platform(json.at("platform").get<std::string>());
    recipe.parts.env = config.at("env").get<std::vector<std::string>>();
    recipe.parts.cwd = config.at("cwd").get<std::string>();
    recipe.parts.user = config.at("user").get<std::string>();
    recipe.parts.compression = recipe.compression;
    if (json.contains("packed")) recipe.packed = packed_before(json["packed"], recipe.parts);
  } catch (const Json::exception& error) {
    wrong_recipe(error.what());
  }
  if (!is_sha256(recipe.tree)) wrong_recipe("tree");
  if (!recipe.to.tag.empty() && !is_reference_name(recipe.to.tag)) {
    throw Error(fmt::format("an image cannot have the name {}", printable(recipe.to.tag)),
                "letters, digits and any of - . _ : @ / + make one");
  }
  return recipe;
}

// The tree as a layer; what it is is noted in `parts`.
void pack(ExportHalf& half, ImageParts& parts, OutputFile& file) {
  Sha256 plain, packed;
  ChunkCompressor compressor(parts.compression, [&](std::string_view bytes) {
    packed.add(bytes.data(), bytes.size());
    file.write(bytes);
  });
  parts.created = half.receive([&](std::string_view bytes) {
    plain.add(bytes.data(), bytes.size());
    compressor.add(bytes);
  });
  compressor.finish();
  parts.diff_id = plain.hex();
  parts.layer = packed.hex();
  parts.layer_size = file.size();
}

Json said_of(const std::string& digest, const ImageParts& parts) {
  return {{"digest", digest},         {"layer", parts.layer},
          {"size", parts.layer_size}, {"diff_id", parts.diff_id},
          {"created", parts.created}, {"maker", compressor_name(parts.compression)}};
}

// A file that is to be there, or to be another.
class FileTarget {
 public:
  explicit FileTarget(const std::string& file)
      : name_(path::filename(file)),
        directory_(::open(path::parent(file).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    if (!directory_) throw host::cannot("open", path::parent(file), errno);
    struct stat st {};
    if (::fstatat(directory_.get(), name_.c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0 &&
        !S_ISREG(st.st_mode)) {
      throw Error(
          fmt::format("cannot replace {}: it is {}", printable(file), host::kind_text(st.st_mode)),
          "name a file, or a new name");
    }
  }
  int directory() const { return directory_.get(); }
  const std::string& name() const { return name_; }

 private:
  std::string name_;
  Fd directory_;
};

Json to_plain_archive(Recipe& recipe, ExportHalf& half) {
  const FileTarget target(recipe.to.archive);
  OutputFile file(target.directory(), recipe.to.archive);
  pack(half, recipe.parts, file);
  file.publish(target.directory(), target.name());
  return said_of(recipe.parts.layer, recipe.parts);
}

Json to_layout(Recipe& recipe, ExportHalf& half) {
  LayoutWriter layout(recipe.to.layout);
  pack(half, recipe.parts, layout.layer());
  const ImageDocuments image = image_documents(recipe.parts);
  layout.add(image, recipe.parts.platform, recipe.to.tag);
  return said_of(image.manifest_digest, recipe.parts);
}

Json to_archive(Recipe& recipe, ExportHalf& half) {
  const FileTarget target(recipe.to.archive);
  const Fd scratch = open_directory(recipe.scratch);
  OutputFile layer(scratch.get(), recipe.scratch);
  pack(half, recipe.parts, layer);
  const ImageDocuments image = image_documents(recipe.parts);
  OutputFile file(target.directory(), recipe.to.archive);
  write_archive(image, recipe.parts.platform, recipe.to.tag, layer,
                [&](std::string_view bytes) { file.write(bytes); });
  file.publish(target.directory(), target.name());
  return said_of(image.manifest_digest, recipe.parts);
}

// The layer from its start, saying how much has been sent.
ReadBytes sending(const OutputFile& layer) {
  return [&layer, at = std::uint64_t{0}, now = Seldom()](char* buffer, std::size_t most) mutable {
    const std::size_t got = layer.read(buffer, most, at);
    at += got;
    if (now()) say({{"doing", "sending"}, {"bytes", at}, {"total", layer.size()}});
    return got;
  };
}

ReadBytes reading(const std::string& text) {
  return [&text, at = std::size_t{0}](char* buffer, std::size_t most) mutable {
    const std::size_t got = text.copy(buffer, most, at);
    at += got;
    return got;
  };
}

Json push_rest(Registry& registry, const Recipe& recipe, const ImageDocuments& image, Json said) {
  said["config_sent"] =
      registry.push_blob(image.config_blob, [&] { return reading(image.config); });
  registry.push_manifest(recipe.to.tag, image.manifest, kManifestType);
  return said;
}

// std::nullopt where the registry does not have the layer that is remembered.
std::optional<Json> push_remembered(const Recipe& recipe) {
  if (!recipe.packed) return std::nullopt;
  const ImageDocuments image = image_documents(*recipe.packed);
  Registry registry(recipe.to.access);
  if (!registry.has_blob(image.layer_blob)) return std::nullopt;
  Json said = said_of(image.manifest_digest, *recipe.packed);
  said["layer_sent"] = false;
  return push_rest(registry, recipe, image, std::move(said));
}

Json to_registry(Recipe& recipe, ExportHalf& half) {
  if (std::optional<Json> said = push_remembered(recipe)) return std::move(*said);
  const Fd scratch = open_directory(recipe.scratch);
  OutputFile layer(scratch.get(), recipe.scratch);
  pack(half, recipe.parts, layer);
  const ImageDocuments image = image_documents(recipe.parts);
  say({{"doing", "sending"}, {"bytes", 0}, {"total", layer.size()}});
  Registry registry(recipe.to.access);
  Json said = said_of(image.manifest_digest, recipe.parts);
  said["layer_sent"] = registry.push_blob(image.layer_blob, [&] { return sending(layer); });
  return push_rest(registry, recipe, image, std::move(said));
}

Json export_image(Recipe& recipe, ExportHalf& half) {
  if (!recipe.to.layout.empty()) return to_layout(recipe, half);
  if (recipe.to.archive.empty()) return to_registry(recipe, half);
  return recipe.plain ? to_plain_archive(recipe, half) : to_archive(recipe, half);
}

}  // namespace

int export_command(const std::string& directory, const Owners& owners) {
  ::signal(SIGPIPE, SIG_IGN);
  die_with_parent();
  return say_errors([&] {
    Recipe recipe = parse_recipe(read_recipe(STDIN_FILENO));
    ExportHalf half(directory, recipe.tree, owners);
    write_text(STDOUT_FILENO, json_line(export_image(recipe, half)));
  });
}

}  // namespace devbox::image
