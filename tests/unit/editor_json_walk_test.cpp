#include "editor/json_walk.hpp"

#include <doctest/doctest.h>

#include <string>

namespace devbox::editor {
namespace {

using Kind = JsonStep::Kind;

// "{ k:"a" 1 } ." of {"a": 1}; "!N" where it goes wrong at byte N.
std::string steps_of(std::string_view text, JsonDialect dialect = JsonDialect::strict) {
  JsonWalk walk(text, dialect);
  std::string said;
  for (;;) {
    const JsonStep step = walk.next();
    const std::string part(text.substr(step.begin, step.end - step.begin));
    if (!said.empty()) said += ' ';
    if (step.kind == Kind::wrong) return said + "!" + std::to_string(step.begin);
    if (step.kind == Kind::end) return said + ".";
    said += (step.kind == Kind::key ? "k:" : "") + part;
  }
}

TEST_CASE("a walk names each key, value and bracket, and the end") {
  CHECK(steps_of(R"( {"a": [1, "x", {}], "b":null} )") ==
        R"({ k:"a" [ 1 "x" { } ] k:"b" null } .)");
  CHECK(steps_of("-1.5e+3") == "-1.5e+3 .");
  CHECK(steps_of(R"("\u00e9\"\\")") == R"("\u00e9\"\\" .)");
}

TEST_CASE("what is no JSON is wrong where it stops being it") {
  const struct {
    const char* text;
    const char* steps;
  } rows[] = {
      {"", "!0"},          {"{", "{ !1"},         {"{]", "{ !1"},
      {"[1,]", "[ 1 !3"},  {"{\"a\" 1}", "{ !5"}, {"{\"a\":1,}", "{ k:\"a\" 1 !7"},
      {"[1 2]", "[ 1 !3"}, {"1 2", "1 !2"},       {"01", "0 !1"},
      {"\"a", "!2"},       {"\"\\x\"", "!1"},     {"\"\\u12g4\"", "!1"},
      {"\"a\nb\"", "!2"},  {"nul", "!0"},         {"1.", "!2"},
      {"// x\n1", "!0"},   {"[1]]", "[ 1 ] !3"},  {"{1:2}", "{ !1"},
      {"\"\\", "!1"},      {"-", "!1"},           {"1e", "!2"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    CHECK(steps_of(row.text) == row.steps);
  }
}

TEST_CASE("comments and commas before a bracket are read where the dialect has them") {
  constexpr auto kComments = JsonDialect::with_comments;
  CHECK(steps_of("// a\n{ /* b */ \"k\" /* c */ : [1, // d\n], } // e", kComments) ==
        "{ k:\"k\" [ 1 ] } .");
  CHECK(steps_of("[,]", kComments) == "[ !1");
  CHECK(steps_of("[1,,]", kComments) == "[ 1 !3");
  CHECK(steps_of("/* open", kComments) == "!0");
  CHECK(steps_of("/ 1", kComments) == "!0");
}

TEST_CASE("a comma before a bracket is where the walk says") {
  JsonWalk walk("[[1], 2,]", JsonDialect::with_comments);
  for (int i = 0; i < 4; ++i) walk.next();  // to the end of the inner one
  CHECK(walk.trailing_comma() == std::string_view::npos);
  walk.next();
  CHECK(walk.next().kind == Kind::close);
  CHECK(walk.trailing_comma() == 7);
}

TEST_CASE("more than a thousand levels are wrong") {
  CHECK(steps_of(std::string(1000, '[') + std::string(1000, ']')).ends_with("."));
  CHECK(steps_of(std::string(1001, '[') + std::string(1001, ']')).ends_with("!1000"));
}

TEST_CASE("a string's value has its escapes resolved, to UTF-8") {
  CHECK(json_string_value(R"("processId")") == "processId");
  CHECK(json_string_value(R"("process\u0049d")") == "processId");
  CHECK(json_string_value(R"("\b\f\n\r\t\/\\\"")") == "\b\f\n\r\t/\\\"");
  CHECK(json_string_value(R"("\u00e9\u20ac\uD83D\uDE00")") == "é€😀");
  CHECK(json_string_value(R"("\ud83d!\ude00")") == "\xEF\xBF\xBD!\xEF\xBF\xBD");
}

}  // namespace
}  // namespace devbox::editor
