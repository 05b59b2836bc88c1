#include "image/layout_writer.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "host_temporary.hpp"
#include "image/blob_file.hpp"
#include "image/layout.hpp"
#include "image/sha256.hpp"
#include "util/error.hpp"

namespace devbox::image {
namespace {

using test::contains;
using test::error_of;
using test::TemporaryDirectory;

const ImagePlatform kPlatform{"linux", "amd64", ""};

ImageDocuments documents(const std::string& layer) {
  return image_documents({.platform = kPlatform,
                          .env = {},
                          .cwd = {},
                          .user = {},
                          .created = 0,
                          .diff_id = sha256_of(layer),
                          .compression = Compression::none,
                          .layer = sha256_of(layer),
                          .layer_size = layer.size()});
}

void write(const std::string& directory, const std::string& layer, const std::string& name) {
  LayoutWriter writer(directory);
  writer.layer().write(layer);
  writer.add(documents(layer), kPlatform, name);
}

// What the only layer of the image `name` is.
std::string layer_in(const std::string& directory, const std::string& name) {
  Layout layout(directory, directory);
  const Manifest manifest = parse_manifest(layout.manifest(name).bytes);
  return whole_blob(layout, manifest.layers.at(0));
}

std::vector<std::string> names_in(const std::string& directory) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a directory that is not there becomes a layout") {
  const TemporaryDirectory here;
  write(here.at("new"), "layer", "one");
  CHECK(layer_in(here.at("new"), "one") == "layer");
  CHECK(names_in(here.path()) == Names{"new"});
  CHECK(names_in(here.at("new")) == Names{"blobs", "index.json", "oci-layout"});
  CHECK(names_in(here.at("new/blobs/sha256")).size() == 3);
}

TEST_CASE("an empty directory becomes a layout") {
  const TemporaryDirectory here;
  here.directory("empty");
  write(here.at("empty"), "layer", "");
  CHECK(layer_in(here.at("empty"), "") == "layer");
}

TEST_CASE("a layout gets one image more, and keeps the blobs that it has") {
  const TemporaryDirectory here;
  write(here.at("layout"), "layer", "one");
  const std::string blob = here.at("layout/blobs/sha256/" + sha256_of("layer"));
  struct stat before {};
  REQUIRE(::stat(blob.c_str(), &before) == 0);
  write(here.at("layout"), "layer", "two");
  write(here.at("layout"), "another", "three");
  struct stat after {};
  REQUIRE(::stat(blob.c_str(), &after) == 0);
  CHECK(before.st_ino == after.st_ino);
  CHECK(layer_in(here.at("layout"), "one") == "layer");
  CHECK(layer_in(here.at("layout"), "two") == "layer");
  CHECK(layer_in(here.at("layout"), "three") == "another");
  CHECK(names_in(here.at("layout")) == Names{"blobs", "index.json", "oci-layout"});
}

TEST_CASE("a blob that is cut off is replaced") {
  const TemporaryDirectory here;
  write(here.at("layout"), "layer", "one");
  here.file("layout/blobs/sha256/" + sha256_of("layer"), "lay");
  write(here.at("layout"), "layer", "one");
  CHECK(layer_in(here.at("layout"), "one") == "layer");
}

TEST_CASE("a directory with something else in it is left alone") {
  const TemporaryDirectory here;
  here.file("mine/letter", "dear");
  const Error error = error_of([&] { write(here.at("mine"), "layer", "one"); });
  CHECK(contains(error.message(), "is no OCI image layout, and not empty"));
  CHECK(names_in(here.at("mine")) == Names{"letter"});
}

TEST_CASE("an index that is none is left as it is") {
  const TemporaryDirectory here;
  here.file("layout/index.json", "[]");
  CHECK(error_of([&] { write(here.at("layout"), "layer", "one"); }).message() ==
        "index.json is no image index");
  CHECK(names_in(here.at("layout")) == Names{"index.json"});
}

TEST_CASE("what is not finished leaves nothing") {
  const TemporaryDirectory here;
  {
    LayoutWriter writer(here.at("new"));
    writer.layer().write("half of a la");
  }
  CHECK(names_in(here.path()).empty());
}

}  // namespace devbox::image
