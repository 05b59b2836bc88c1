#include "image/oci_write.hpp"

#include <doctest/doctest.h>

#include <string>

#include "host_temporary.hpp"
#include "image/sha256.hpp"
#include "util/error.hpp"

namespace devbox::image {
namespace {

using test::error_of;

ImageParts parts() {
  return {.platform = {"linux", "arm64", "v8"},
          .env = {"PATH=/bin", "A=b c"},
          .cwd = "/work",
          .user = "7:8",
          .created = 1'000'000'000,
          .diff_id = std::string(64, 'd'),
          .compression = Compression::zstd,
          .layer = std::string(64, 'e'),
          .layer_size = 12345};
}

std::string index(const std::string& existing, const std::string& name,
                  const ImageParts& of = parts()) {
  return index_with(existing, image_documents(of), of.platform, name);
}

std::vector<std::string> names_of(const std::string& index) {
  std::vector<std::string> names;
  for (const IndexEntry& entry : parse_layout_index(index)) names.push_back(entry.name);
  return names;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("the documents of an image say what went in") {
  const ImageDocuments documents = image_documents(parts());
  const Manifest manifest = parse_manifest(documents.manifest);
  REQUIRE(manifest.layers.size() == 1);
  CHECK(manifest.layers[0].digest == std::string(64, 'e'));
  CHECK(manifest.layers[0].size == 12345);
  CHECK(manifest.layers[0].compression == Compression::zstd);
  CHECK(manifest.config == documents.config_blob);
  CHECK(documents.config_blob.digest == sha256_of(documents.config));
  CHECK(documents.manifest_digest == sha256_of(documents.manifest));
  CHECK(document_kind(kManifestType, documents.manifest) == DocumentKind::manifest);
  const Config config = parse_config(documents.config);
  require_fit(manifest, config);
  CHECK(config.platform.name() == "linux/arm64");
  CHECK(config.diff_ids == Names{std::string(64, 'd')});
  CHECK(config.env == parts().env);
  CHECK(config.cwd == "/work");
  CHECK(config.user == "7:8");
  CHECK(test::contains(documents.config, "\"created\":\"2001-09-09T01:46:40Z\""));
}

TEST_CASE("the documents are these bytes") {
  ImageParts plain = parts();
  plain.platform = {"linux", "amd64", ""};
  plain.env.clear();
  plain.cwd.clear();
  plain.user.clear();
  plain.compression = Compression::none;
  const ImageDocuments documents = image_documents(plain);
  CHECK(documents.config ==
        "{\"created\":\"2001-09-09T01:46:40Z\",\"architecture\":\"amd64\",\"os\":\"linux\","
        "\"config\":{},\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:" +
            std::string(64, 'd') +
            "\"]},\"history\":[{\"created\":\"2001-09-09T01:46:40Z\","
            "\"created_by\":\"devbox image export\"}]}\n");
  CHECK(documents.layer_blob.media_type == "application/vnd.oci.image.layer.v1.tar");
}

TEST_CASE("a date is one that a year of four digits has") {
  CHECK(rfc3339(0) == "1970-01-01T00:00:00Z");
  CHECK(rfc3339(-5) == "1970-01-01T00:00:00Z");
  CHECK(rfc3339(1'709'208'000) == "2024-02-29T12:00:00Z");
  CHECK(rfc3339(253'402'300'799) == "9999-12-31T23:59:59Z");
  CHECK(rfc3339(INT64_MAX) == "9999-12-31T23:59:59Z");
}

TEST_CASE("an image takes the place of the one with its name, and leaves the others") {
  ImageParts second = parts();
  second.user = "another";
  const std::string one = index("", "one");
  CHECK(names_of(one) == Names{"one"});
  const std::string two = index(one, "two", second);
  CHECK(names_of(two) == Names{"one", "two"});
  const std::string replaced = index(two, "one", second);
  CHECK(names_of(replaced) == Names{"two", "one"});
  for (const IndexEntry& entry : parse_layout_index(replaced))
    CHECK(entry.manifest.digest == image_documents(second).manifest_digest);
  CHECK(index(replaced, "one", second) == replaced);
}

TEST_CASE("of images without a name each platform has one") {
  ImageParts second = parts();
  second.platform = {"linux", "amd64", ""};
  const std::string both = index(index("", ""), "", second);
  CHECK(parse_layout_index(both).size() == 2);
  CHECK(index(both, "", second) == both);
  CHECK(names_of(index(both, "named", second)) == Names{"", "", "named"});
}

TEST_CASE("what an index says beside its images stays") {
  const std::string existing =
      R"({"schemaVersion":2,"annotations":{"a":"b"},"manifests":[{"odd":1},7]})";
  const std::string after = index(existing, "one");
  CHECK(test::contains(after, R"("annotations":{"a":"b"})"));
  CHECK(test::contains(after, R"({"odd":1},7,{)"));
}

TEST_CASE("what is no index is not replaced") {
  for (const char* existing : {"[]", "{}", "{\"manifests\":{}}", "no JSON", "{\"manifests\":["}) {
    CAPTURE(existing);
    CHECK(error_of([&] { index(existing, "one"); }).message() == "index.json is no image index");
  }
}

TEST_CASE("a name is one that an index may have") {
  CHECK(is_reference_name("debian"));
  CHECK(is_reference_name("1.2-rc_3"));
  for (const char* name : {"", "a b", "a\n", "\xff", "a\"b"}) {
    CAPTURE(name);
    CHECK_FALSE(is_reference_name(name));
  }
}

}  // namespace devbox::image
