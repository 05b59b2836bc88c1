#include "build/pattern.hpp"

#include <doctest/doctest.h>

#include <string>

namespace devbox::build {
namespace {

struct Row {
  const char* pattern;
  const char* path;
  bool matches;
  const char* why;
};

constexpr Row kRows[] = {
    {"a", "a", true, "the same"},
    {"a", "ab", false, "a beginning of a name is no name"},
    {"a", "b/a", false, "a pattern begins at the project, unlike those of gitignore(5)"},
    {"a", "a/b/c", true, "a directory stands for all in it"},
    {"a/b", "a/bc", false, "and not for names that begin so"},
    {"*.c", "x.c", true, "any run of characters"},
    {"*.c", ".c", true, "of none, too, hidden or not"},
    {"*.c", "d/x.c", false, "none of them a slash"},
    {"*", "d/x", true, "it names the directory"},
    {"a*b*c", "aXbYbZc", true, "a star is tried again further on"},
    {"a*b*c", "aXbYcZ", false, "and the end must be reached"},
    {"?", "ab", false, "one character"},
    {"?b", "ab", true, "any"},
    {"a?b", "a/b", false, "but a slash"},
    {"[a-c]x", "bx", true, "a range"},
    {"[!a-c]x", "bx", false, "and what is not in it"},
    {"[^a-c]x", "dx", true, "written in both ways"},
    {"[]]", "]", true, "a bracket that comes first is a character"},
    {"[a-]", "-", true, "a dash that comes last is one"},
    {"[*]", "*", true, "a star in a set is a star"},
    {"[*]", "x", false, "and no other"},
    {"[a", "[a", true, "without an end it is no set"},
    {"\\*", "*", true, "a backslash takes the meaning away"},
    {"\\*", "x", false, "altogether"},
    {"**", "a/b", true, "directories to any depth"},
    {"**/x", "x", true, "to none, too"},
    {"**/x", "a/b/x", true, "to two"},
    {"**/x", "a/xb", false, "the rest must match"},
    {"a/**/b", "a/b", true, "between slashes"},
    {"a/**/b", "a/c/d/b/e", true, "and what is below"},
    {"a/**/b", "c/a/b", false, "from the beginning"},
    {"a/**", "a", false, "what lies in it, and not itself"},
    {"\xc3\xa4?", "\xc3\xa4x", true, "bytes are compared"},
    {"a\nb", "a\nb", true, "whatever they are"},
};

TEST_CASE("a pattern names what gitignore(5) says, from the project downwards") {
  for (const Row& row : kRows) {
    const std::string shown = std::string(row.pattern) + " on " + row.path + ": " + row.why;
    INFO(shown);
    CHECK(names(row.pattern, row.path) == row.matches);
  }
}

TEST_CASE("a directory is looked into where something below it could be meant, and not else") {
  CHECK(may_name_below("a/b/c", ""));
  CHECK(may_name_below("a/b/c", "a"));
  CHECK(may_name_below("a/b/c", "a/b"));
  CHECK(may_name_below("a/b", "a/b/c"));
  CHECK(may_name_below("**/x", "any/where"));
  CHECK(may_name_below("a/*/c", "a/x"));
  CHECK_FALSE(may_name_below("a/b/c", "b"));
  CHECK_FALSE(may_name_below("a/b/c", "a/c"));
  CHECK_FALSE(may_name_below("*.c/x", "a"));
}

TEST_CASE("a pattern of many stars ends in time") {
  const std::string name(200, 'a');
  std::string pattern;
  for (int i = 0; i < 60; ++i) pattern += "*a";
  CHECK_FALSE(names(pattern + "b", name));
  CHECK(names(pattern, name));
}

}  // namespace
}  // namespace devbox::build
