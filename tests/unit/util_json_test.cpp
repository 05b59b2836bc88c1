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

TEST_CASE("what somebody else wrote is read without cost beyond its size") {
  CHECK(parse_foreign_json(R"({"a": [1, "b"]})").value()["a"][1] == "b");
  CHECK_FALSE(parse_foreign_json("{").has_value());
  CHECK_FALSE(parse_foreign_json("").has_value());
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  CHECK(parse_foreign_json(nested(60)).has_value());
  CHECK_FALSE(parse_foreign_json(nested(70)).has_value());
  CHECK_FALSE(parse_foreign_json(std::string(1'000'000, '[')).has_value());
  // With a look-up through all keys for each of them this would take minutes.
  std::string many = "{";
  for (int i = 0; i < 200'000; ++i) many += "\"" + std::to_string(i) + "\":1,";
  CHECK(parse_foreign_json(many + "\"x\":1}").value().size() == 200'001);
}

}  // namespace
}  // namespace devbox
