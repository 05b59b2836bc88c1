#include "editor/jsonc_merge.hpp"

#include <doctest/doctest.h>

#include <string>

namespace devbox::editor {
namespace {

std::string merged(const std::string& text, const char* wanted) {
  REQUIRE_FALSE(jsonc_mistake(text));
  const Json settings = *parse_json(wanted);
  std::string result = jsonc_merged(text, settings);
  REQUIRE_FALSE(jsonc_mistake(result));
  CHECK(jsonc_merged(result, settings) == result);  // a second time changes nothing
  return result;
}

TEST_CASE("a new member looks like those beside it, and comments stay with theirs") {
  CHECK(merged("// mine\n{\n  // size\n  \"a\": 1, // one\n  \"b\": [1, 2] // two\n}\n",
               R"({"c": {"d": true}})") ==
        "// mine\n{\n  // size\n  \"a\": 1, // one\n  \"b\": [1, 2], // two\n  \"c\": {\n    "
        "\"d\": true\n  }\n}\n");
}

TEST_CASE("a comma before the bracket stays the style") {
  CHECK(merged("{\n\t\"a\": 1,\n}", R"({"b": 2, "c": 3})") ==
        "{\n\t\"a\": 1,\n\t\"b\": 2,\n\t\"c\": 3,\n}");
  CHECK(merged("{\"a\": 1 /* x */,}", R"({"b": 2})") == "{\"a\": 1 /* x */, \"b\": 2,}");
}

TEST_CASE("what is on one line stays on one line") {
  CHECK(merged("{ \"a\": { \"x\": 1 } }", R"({"a": {"y": 2}})") ==
        "{ \"a\": { \"x\": 1, \"y\": 2 } }");
}

TEST_CASE("what is there with another value is replaced, and nothing beside it") {
  CHECK(merged("{\n    \"shell\": /* old */ \"zsh\", // why\n    \"n\": {\"k\": [1]}\n}\n",
               R"({"shell": "devbox", "n": {"k": [1, 2]}})") ==
        "{\n    \"shell\": /* old */ \"devbox\", // why\n    \"n\": {\"k\": [\n        1,\n        "
        "2\n    ]}\n}\n");
  CHECK(merged("{\"a\": 5}", R"({"a": {"b": 1}})") == "{\"a\": {\n    \"b\": 1\n}}");
}

TEST_CASE("what is the same, however it is written, is not touched") {
  const std::string text =
      "\xEF\xBB\xBF{\r\n \"a\" : [ \"x\" , /* y */ { \"k\":1.0 } , ],\"\\u0062\":\"\\u0078\"}";
  CHECK(merged(text, R"({"a": ["x", {"k": 1.0}], "b": "x"})") == text);
}

TEST_CASE("the line ends of the file are those of what is added") {
  CHECK(merged("{\r\n  \"a\": 1\r\n}\r\n", R"({"b": {"c": 2}})") ==
        "{\r\n  \"a\": 1,\r\n  \"b\": {\r\n    \"c\": 2\r\n  }\r\n}\r\n");
}

TEST_CASE("an empty file, an empty object and a file of comments get the settings") {
  CHECK(merged("", R"({"a": 1})") == "{\n    \"a\": 1\n}\n");
  CHECK(merged("{}", R"({"a": 1})") == "{\n    \"a\": 1\n}");
  CHECK(merged("{\n}\n", R"({"a": 1})") == "{\n    \"a\": 1\n}\n");
  CHECK(merged("{ // none yet\n}\n", R"({"a": 1})") == "{ // none yet\n    \"a\": 1\n}\n");
  CHECK(merged("// none yet", R"({"a": 1})") == "// none yet\n{\n    \"a\": 1\n}\n");
}

TEST_CASE("of a key that is there twice the last counts") {
  CHECK(merged("{\"a\": 1, \"a\": 2}", R"({"a": 3})") == "{\"a\": 1, \"a\": 3}");
}

TEST_CASE(
    "a comment that looks like JSON and a string that looks like a comment are what they are") {
  CHECK(merged("{\n  // \"b\": 1,\n  \"a\": \"// }\"\n  /* , */\n}", R"({"b": 2})") ==
        "{\n  // \"b\": 1,\n  \"a\": \"// }\",\n  /* , */\n  \"b\": 2\n}");
}

TEST_CASE("what does not parse is a mistake with its place") {
  const struct {
    const char* text;
    std::size_t line, column;
  } rows[] = {
      {"{\n  \"a\": 1\n  \"b\": 2\n}", 3, 3},
      {"[1]", 1, 1},
      {"{} x", 1, 4},
      {"{\"a\": }", 1, 7},
      {"// c\n\"abc", 2, 5},
      {"/* c", 1, 1},
      {"{\"a\": 'x'}", 1, 7},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const auto mistake = jsonc_mistake(row.text);
    REQUIRE(mistake);
    CHECK(mistake->line == row.line);
    CHECK(mistake->column == row.column);
  }
}

}  // namespace
}  // namespace devbox::editor
