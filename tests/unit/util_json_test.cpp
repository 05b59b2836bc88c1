#include "util/json.hpp"

#include <doctest/doctest.h>

namespace devbox {
namespace {

TEST_CASE("JSON keeps the order of writing and ends with a newline") {
  const Json value = {{"b", 1}, {"a", {{"x", nullptr}}}};
  CHECK(json_text(value) == "{\n  \"b\": 1,\n  \"a\": {\n    \"x\": null\n  }\n}\n");
}

TEST_CASE("JSON of bytes that are not UTF-8 is still JSON") {
  CHECK(json_text(Json("a\xff")) == "\"a\xef\xbf\xbd\"\n");
  CHECK(json_text(Json("a\x1b\n")) == "\"a\\u001b\\n\"\n");
}

}  // namespace
}  // namespace devbox
