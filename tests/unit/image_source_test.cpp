// The recipe of an image in a registry.
#include "image/source.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "util/error.hpp"

namespace devbox::image {
namespace {

Source parsed(const std::string& json) { return parse_source(*parse_json(json)); }

TEST_CASE("a recipe has all that is to be known of an image in a registry") {
  const std::string hex(64, 'a');
  const Source source = parsed(R"({"registry": "quay.io", "repository": "a/b", "tag": "1",
    "digest": "sha256:)" + hex +
                               R"(", "mirrors": ["https://m"], "insecure": true,
    "platforms": ["linux/arm64/v8"], "auth_files": ["/f"], "stall_seconds": 9,
    "somebody": {"else": "s"}})");
  CHECK(source.access.registry == "quay.io");
  CHECK(source.access.repository == "a/b");
  CHECK(source.access.mirrors == std::vector<std::string>{"https://m"});
  CHECK(source.access.insecure);
  CHECK(source.access.auth_files == std::vector<std::string>{"/f"});
  CHECK(source.access.timeouts.stall_s == 9);
  CHECK(source.access.timeouts.connect_s == Timeouts().connect_s);
  CHECK(source.platforms == std::vector<ImagePlatform>{{"linux", "arm64", "v8"}});
  CHECK(source.wanted() == hex);  // the digest goes before the tag
  CHECK(source.text() == "quay.io/a/b@sha256:" + hex);
  const Source tagged = parsed(R"({"registry": "r", "repository": "a", "tag": "1"})");
  CHECK(tagged.wanted() == "1");
  CHECK(tagged.text() == "r/a:1");
  CHECK_FALSE(tagged.access.insecure);
}

TEST_CASE("a recipe that is wrong is refused by the name of its member") {
  struct Row {
    const char* json;
    const char* member;
  };
  const Row rows[] = {
      {"[]", "object"},
      {R"({"repository": "a", "tag": "1"})", "registry"},
      {R"({"registry": "r", "tag": "1"})", "repository"},
      {R"({"registry": "r", "repository": "a"})", "tag"},
      {R"({"registry": "r", "repository": "a", "digest": "sha256:1"})", "digest"},
      {R"({"registry": "r", "repository": "a", "tag": 1})", "tag"},
      {R"({"registry": "r", "repository": "a", "tag": "1", "mirrors": "m"})", "mirrors"},
      {R"({"registry": "r", "repository": "a", "tag": "1", "mirrors": [1]})", "mirrors"},
      {R"({"registry": "r", "repository": "a", "tag": "1", "insecure": "no"})", "insecure"},
      {R"({"registry": "r", "repository": "a", "tag": "1", "stall_seconds": 0})", "stall_seconds"},
      {R"({"registry": "r", "repository": "a", "tag": "1", "stall_seconds": -1})", "stall_seconds"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.json);
    std::string message;
    try {
      parsed(row.json);
    } catch (const Error& error) {
      message = error.message();
    }
    CHECK(message == "the recipe's `" + std::string(row.member) + "` is missing or wrong");
  }
}

}  // namespace
}  // namespace devbox::image
