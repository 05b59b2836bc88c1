// Indexes, manifests and configs as registries have them, and as a hostile one may.
#include "image/oci.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>

#include "util/error.hpp"

namespace devbox::image {
namespace {

constexpr const char* kOciIndex = "application/vnd.oci.image.index.v1+json";
constexpr const char* kOciManifest = "application/vnd.oci.image.manifest.v1+json";
constexpr const char* kDockerManifest = "application/vnd.docker.distribution.manifest.v2+json";
constexpr const char* kDockerList = "application/vnd.docker.distribution.manifest.list.v2+json";
constexpr const char* kOciConfig = "application/vnd.oci.image.config.v1+json";
constexpr const char* kGzip = "application/vnd.oci.image.layer.v1.tar+gzip";

std::string hex(char digit) { return std::string(64, digit); }

std::string descriptor(std::string_view type, char digit, std::string_view more = "") {
  return fmt::format(R"({{"mediaType": "{}", "digest": "sha256:{}", "size": 7{}}})", type,
                     hex(digit), more);
}

std::string entry(std::string_view platform, char digit, std::string_view type = kOciManifest) {
  return descriptor(type, digit, fmt::format(R"(, "platform": {})", platform));
}

std::string index(std::string_view entries) {
  return fmt::format(R"({{"schemaVersion": 2, "manifests": [{}]}})", entries);
}

std::string manifest(std::string_view layers, std::string_view config_type = kOciConfig) {
  return fmt::format(R"({{"schemaVersion": 2, "config": {}, "layers": [{}]}})",
                     descriptor(config_type, 'c'), layers);
}

std::string config(std::string_view settings, std::string_view diff_ids = "") {
  return fmt::format(
      R"({{"os": "linux", "architecture": "amd64", "rootfs": {{"type": "layers", "diff_ids": [{}]}},
          "config": {}}})",
      diff_ids, settings);
}

template <class Use>
std::string refusal_of(Use use) {
  try {
    use();
    return "none";
  } catch (const Error& error) {
    return error.message();
  }
}

std::string kind_refusal(std::string_view type, std::string_view bytes) {
  return refusal_of([&] { document_kind(type, bytes); });
}

TEST_CASE("a document is what its server and itself say") {
  const std::string list = index("");
  const std::string one = manifest("");
  CHECK(document_kind(kOciIndex, list) == DocumentKind::index);
  CHECK(document_kind(kDockerList, list) == DocumentKind::index);
  CHECK(document_kind(kOciManifest, one) == DocumentKind::manifest);
  CHECK(document_kind(kDockerManifest, one) == DocumentKind::manifest);
  CHECK(document_kind("Application/vnd.OCI.image.manifest.v1+JSON ; charset=utf-8", one) ==
        DocumentKind::manifest);
  // File servers and caches know no such types.
  CHECK(document_kind("application/json", one) == DocumentKind::manifest);
  CHECK(document_kind("", list) == DocumentKind::index);
  const std::string named = fmt::format(R"({{"mediaType": "{}", "schemaVersion": 2,
    "manifests": []}})",
                                        kOciIndex);
  CHECK(document_kind("text/plain", named) == DocumentKind::index);
}

TEST_CASE("what is no image is refused by what it is") {
  const std::string one = manifest("");
  CHECK(kind_refusal("text/html", "x") == "what came is a web page, and no manifest");
  CHECK(kind_refusal(kOciManifest, " \n<html>") == "what came is a web page, and no manifest");
  CHECK(kind_refusal(kOciManifest, "[]") == "it is no JSON object");
  CHECK(kind_refusal(kOciManifest, "{\"a\":") == "it is no JSON object");
  CHECK(kind_refusal(kOciManifest, R"({"schemaVersion": 1})").starts_with("it is in a format"));
  CHECK(kind_refusal("application/vnd.docker.distribution.manifest.v1+prettyjws",
                     R"({"schemaVersion": 1})")
            .find("schema 1") != std::string::npos);
  CHECK(kind_refusal(kOciManifest, R"({"layers": []})") == "its `schemaVersion` is not 2");
  CHECK(kind_refusal("application/vnd.example\x1b[31m", one) ==
        "it is no image but \"application/vnd.example\\x1b[31m\"");
  CHECK(kind_refusal(kOciIndex, one) ==
        "it is not the \"application/vnd.oci.image.index.v1+json\" that it says");
  CHECK(kind_refusal("application/json", R"({"schemaVersion": 2})") ==
        "it is no image but \"application/json\"");
  CHECK(kind_refusal(kOciManifest, std::string((std::size_t{4} << 20U) + 1, ' ')) ==
        "it has more than 4 MiB");
}

TEST_CASE("a document that two readers would read differently is refused") {
  // CVE-2021-41190
  const std::string both =
      fmt::format(R"({{"schemaVersion": 2, "config": {}, "layers": [], "manifests": []}})",
                  descriptor(kOciConfig, 'c'));
  CHECK(kind_refusal(kOciIndex, both) == "it is an index and a manifest at once");
  CHECK(kind_refusal(kOciManifest, both) == "it is an index and a manifest at once");
  const std::string other =
      fmt::format(R"({{"schemaVersion": 2, "mediaType": "{}", "layers": []}})", kDockerManifest);
  CHECK(kind_refusal(kOciManifest, other).starts_with("it says that it is "));
}

TEST_CASE("nesting that would need more memory than a pull may have is no JSON") {
  const std::string deep(1000, '[');
  CHECK(kind_refusal(kOciManifest, "{\"a\":" + deep + std::string(1000, ']') + "}") ==
        "it is no JSON object");
}

TEST_CASE("an index has what a box can run on, and no attestations") {
  const Index parsed = parse_index(index(
      entry(R"({"os": "linux", "architecture": "amd64"})", '1') + "," +
      entry(R"({"os": "linux", "architecture": "arm64", "variant": "v8"})", '2', kDockerManifest) +
      "," + entry(R"({"os": "unknown", "architecture": "unknown"})", '3') + "," +
      entry(R"({"os": "windows", "architecture": "amd64", "os.version": "10"})", '4') + "," +
      descriptor("application/vnd.example", '5') + "," + descriptor(kOciIndex, '6') + "," +
      descriptor(kOciManifest, '7')));
  REQUIRE(parsed.manifests.size() == 3);
  CHECK(parsed.manifests[0].platform.name() == "linux/amd64");
  CHECK(parsed.manifests[0].manifest == Descriptor{kOciManifest, hex('1'), 7});
  CHECK(parsed.manifests[1].platform.name() == "linux/arm64");
  CHECK(parsed.manifests[2].platform == ImagePlatform{});
}

TEST_CASE("an index with a wrong value is refused") {
  const auto refusal = [](const std::string& text) {
    return refusal_of([&] { parse_index(text); });
  };
  CHECK(refusal(R"({"manifests": {}})") == "`manifests` is no list");
  CHECK(refusal(index("7")) == "an entry of the index is no object");
  CHECK(refusal(index(entry(R"({"os": "linux"})", '1'))) == "`architecture` is missing");
  CHECK(refusal(index(entry(R"({"os": "linux", "architecture": "a\u001b"})", '1'))) ==
        "`architecture` cannot be \"a\\x1b\"");
  std::string many = descriptor(kOciManifest, '1');
  for (std::size_t i = 0; i < kMostManifests; ++i) many += "," + descriptor(kOciManifest, '1');
  CHECK(refusal(index(many)) == "it has more than 512 manifests");
}

TEST_CASE("a manifest has a config and layers, each with its compression") {
  const Manifest parsed = parse_manifest(manifest(
      descriptor(kGzip, '1') + "," +
      descriptor(
          "application/vnd.oci.image.layer.v1.tar+zstd", '2',
          R"(, "annotations": {"io.github.containers.zstd-chunked.manifest-checksum": "x"})") +
      "," + descriptor("application/vnd.oci.image.layer.v1.tar", '3') + "," +
      descriptor("application/vnd.docker.image.rootfs.diff.tar.gzip", '4')));
  CHECK(parsed.config == Descriptor{kOciConfig, hex('c'), 7});
  REQUIRE(parsed.layers.size() == 4);
  CHECK(parsed.layers[0].compression == Compression::gzip);
  CHECK(parsed.layers[1].compression == Compression::zstd);  // zstd:chunked is zstd
  CHECK(parsed.layers[2].compression == Compression::none);
  CHECK(parsed.layers[3].compression == Compression::gzip);
  CHECK(parsed.layers[3].digest == hex('4'));
}

TEST_CASE("a manifest with a layer that cannot be unpacked is refused with the reason") {
  const auto refusal = [](const std::string& layers) {
    return refusal_of([&] { parse_manifest(manifest(layers)); });
  };
  const std::string good = descriptor(kGzip, '1') + ",";
  CHECK(refusal(good + descriptor("application/vnd.oci.image.layer.v1.tar+gzip+encrypted", '2')) ==
        "layer 2 is encrypted");
  CHECK(refusal(descriptor("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", '1'))
            .starts_with("layer 1 is not kept by registries"));
  CHECK(refusal(descriptor("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", '1'))
            .starts_with("layer 1 is not kept by registries"));
  CHECK(refusal(descriptor("application/x\\u001b", '1')) ==
        "layer 1 is of a kind that is not known: \"application/x\\x1b\"");
  CHECK(refusal_of([&] {
          parse_manifest(manifest("", "application/vnd.cncf.helm.config.v1+json"));
        }) == "it is no image but \"application/vnd.cncf.helm.config.v1+json\"");
  std::string many = descriptor(kGzip, '1');
  for (std::size_t i = 0; i < kMostLayers; ++i) many += "," + descriptor(kGzip, '1');
  CHECK(refusal(many) == "it has 513 layers, more than 512");
}

TEST_CASE("a descriptor with a wrong digest or size is refused") {
  const auto refusal = [](std::string_view digest, std::string_view size) {
    return refusal_of([&] {
      parse_manifest(manifest(
          fmt::format(R"({{"mediaType": "{}", "digest": {}, "size": {}}})", kGzip, digest, size)));
    });
  };
  const std::string good = "\"sha256:" + hex('a') + "\"";
  CHECK(refusal(good, "0") == "none");
  CHECK(refusal(good, "-1") == "the size of layer 1 is no number of bytes");
  CHECK(refusal(good, "1.5") == "the size of layer 1 is no number of bytes");
  CHECK(refusal(good, "\"7\"") == "the size of layer 1 is no number of bytes");
  CHECK(refusal(good, "null") == "the size of layer 1 is no number of bytes");
  CHECK(refusal(good, "99999999999999999999") == "the size of layer 1 is no number of bytes");
  CHECK(refusal(good, "1099511627777") == "layer 1 has 1099511627777 bytes, which no layer has");
  for (const std::string& digest :
       std::vector<std::string>{"\"sha256:12\"", "\"\"", "null", "7", "\"sha256:" + hex('A') + "\"",
                                "\"sha256:" + hex('g') + "\"", "\"" + hex('a') + "\"",
                                "\"sha256:" + hex('a') + "0\"", "\"sha256:../../etc\""}) {
    CAPTURE(digest);
    CHECK(refusal(digest, "7")
              .starts_with("the digest of layer 1 must be \"sha256:\" and 64 hex digits, not "));
  }
  CHECK(refusal("\"sha512:" + hex('a') + hex('a') + "\"", "7") ==
        "layer 1 is named by its SHA-512, and only SHA-256 is supported");
}

TEST_CASE("a config has a platform, diff_ids and settings") {
  const Config parsed = parse_config(
      config(R"({"Env": ["PATH=/bin", "EMPTY=", "NAME", "=x", "A=b=c"], "WorkingDir": "/w",
               "User": "7:8", "Entrypoint": ["x"]})",
             fmt::format(R"("sha256:{}", "sha256:{}")", hex('1'), hex('2'))));
  CHECK(parsed.platform.name() == "linux/amd64");
  CHECK(parsed.diff_ids == std::vector<std::string>{hex('1'), hex('2')});
  CHECK(parsed.env == std::vector<std::string>{"PATH=/bin", "EMPTY=", "A=b=c"});
  CHECK(parsed.cwd == "/w");
  CHECK(parsed.user == "7:8");
  CHECK(parse_config(config("null")).env.empty());
  CHECK(parse_config(config(R"({"Env": null, "User": null})")).user.empty());
}

TEST_CASE("a config with a wrong value is refused") {
  const auto refusal = [](const std::string& text) {
    return refusal_of([&] { parse_config(text); });
  };
  CHECK(refusal("{}") == "`os` is missing");
  CHECK(refusal(R"({"os": "linux", "architecture": "amd64"})") == "the config has no `rootfs`");
  CHECK(refusal(config("7")) == "the config's `config` is no object");
  CHECK(refusal(config(R"({"Env": "A=b"})")) == "`Env` of the config is no list of variables");
  CHECK(refusal(config(R"({"Env": [7]})")) == "`Env` of the config is no list of variables");
  CHECK(refusal(config(R"({"Env": ["A=\u0000"]})")) ==
        "`Env` of the config is no list of variables");
  CHECK(refusal(config(R"({"WorkingDir": "/\u0000"})")) == "`WorkingDir` holds a NUL character");
  CHECK(refusal(config(R"({"User": 7})")) == "`User` is no string");
  CHECK(refusal(config("{}", "\"sha256:1\"")).starts_with("the digest of diff_id 1 must be"));
}

TEST_CASE("a manifest and its config have the same number of layers") {
  const Manifest one = parse_manifest(manifest(descriptor(kGzip, '1')));
  CHECK(refusal_of([&] { require_fit(one, parse_config(config("{}"))); }) ==
        "the manifest has 1 layers, and its config 0");
  CHECK(refusal_of([&] {
          require_fit(one, parse_config(config("{}", "\"sha256:" + hex('1') + "\"")));
        }) == "none");
}

TEST_CASE("a platform has the name that the host gives it") {
  const auto name = [](const char* text) { return parse_platform(text).name(); };
  CHECK(name("linux/amd64") == "linux/amd64");
  CHECK(name("linux/amd64/v1") == "linux/amd64");
  CHECK(name("linux/amd64/v3") == "linux/amd64/v3");
  CHECK(name("linux/arm64/v8") == "linux/arm64");
  CHECK(name("linux/arm64/8") == "linux/arm64");
  CHECK(name("linux/arm64/v9") == "linux/arm64/v9");
  CHECK(name("linux/arm") == "linux/arm/v7");
  CHECK(name("linux/arm/v6") == "linux/arm/v6");
  for (const char* wrong : {"", "linux", "linux/", "/amd64", "a/b/c/d", "linux/amd64/"}) {
    CAPTURE(wrong);
    CHECK(refusal_of([&] { parse_platform(wrong); }) != "none");
  }
}

// Which of an index's entries, "linux/arm/v6 linux/arm/v7", is taken.
std::string chosen(const std::string& wanted, const std::vector<std::string>& there) {
  Index all;
  for (const std::string& name : there) {
    const ImagePlatform platform = name.empty() ? ImagePlatform() : parse_platform(name);
    all.manifests.push_back({Descriptor{kOciManifest, hex('1'), 7}, platform});
  }
  std::string text;
  const std::string refusal = refusal_of([&] {
    const IndexEntry& entry = choose(all, parse_platform(wanted));
    text = std::to_string(&entry - all.manifests.data());
  });
  return refusal == "none" ? text : refusal;
}

TEST_CASE("of an index the same platform is taken, else the nearest that runs there") {
  CHECK(chosen("linux/amd64", {"linux/arm64", "linux/amd64"}) == "1");
  CHECK(chosen("linux/arm64", {"linux/arm/v7", "linux/arm64/v8"}) == "1");
  CHECK(chosen("linux/arm64/v8", {"linux/arm64"}) == "0");
  CHECK(chosen("linux/arm/v7", {"linux/arm/v5", "linux/arm/v6", "linux/arm/v8"}) == "1");
  CHECK(chosen("linux/amd64/v3", {"linux/amd64", "linux/amd64/v2", "linux/amd64/v4"}) == "1");
  CHECK(chosen("linux/amd64", {"linux/amd64/v2", "linux/amd64", "linux/amd64"}) == "1");
  CHECK(chosen("linux/arm/v6", {"linux/arm/v7"}) == "it has nothing for linux/arm/v6");
  CHECK(chosen("linux/s390x", {"linux/amd64"}) == "it has nothing for linux/s390x");
  CHECK(chosen("linux/amd64", {}) == "it has nothing for linux/amd64");
  CHECK(chosen("linux/amd64", {""}) == "0");  // one image whose config says for what
  CHECK(chosen("linux/amd64", {"", ""}) == "it has nothing for linux/amd64");
}

}  // namespace
}  // namespace devbox::image
