#include "util/path.hpp"

#include <doctest/doctest.h>

#include <string_view>

namespace devbox::path {
namespace {

TEST_CASE("a normal path has no empty, dot or avoidable dot-dot component") {
  struct Row {
    std::string_view path, normal;
  };
  const Row rows[] = {
      {"/", "/"},         {"//", "/"},
      {"/a//b/", "/a/b"}, {"/a/./b", "/a/b"},
      {"/a/../b", "/b"},  {"/../a", "/a"},
      {"/..", "/"},       {"a/b/", "a/b"},
      {"./a", "a"},       {"a/..", "."},
      {"", "."},          {".", "."},
      {"../a", "../a"},   {"a/../../b", "../b"},
      {"../..", "../.."}, {"/a/b/../../..", "/"},
      {"...", "..."},     {"/.hidden", "/.hidden"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.path);
    CHECK(normal(row.path) == row.normal);
  }
}

TEST_CASE("an absolute path ignores its base and a relative one starts there") {
  CHECK(absolute("/x/../y", "/base") == "/y");
  CHECK(absolute("x", "/base") == "/base/x");
  CHECK(absolute("../x", "/base/sub") == "/base/x");
  CHECK(absolute("../../../x", "/base") == "/x");
  CHECK(absolute("x", "/") == "/x");
  CHECK(absolute("", "/base") == "/base");
}

TEST_CASE(
    "a path is within itself and its ancestors but not within a sibling whose name it extends") {
  CHECK(is_within("/a/b", "/a"));
  CHECK(is_within("/a", "/a"));
  CHECK(is_within("/a", "/"));
  CHECK(is_within("/", "/"));
  CHECK_FALSE(is_within("/ab", "/a"));
  CHECK_FALSE(is_within("/a", "/a/b"));
  CHECK_FALSE(is_within("/", "/a"));
}

TEST_CASE("joining puts one slash between two parts") {
  CHECK(join("/a", "b") == "/a/b");
  CHECK(join("/", "b") == "/b");
  CHECK(join("/a/", "b") == "/a/b");
  CHECK(join("", "b") == "b");
  CHECK(join("/a", "") == "/a");
}

TEST_CASE("the paths above an absolute one end with the root, and a relative one has none") {
  CHECK(above("/a/b") == "/a");
  CHECK(above("/a") == "/");
  CHECK(above("/") == "/");
  CHECK(above("a/b") == "a");
  CHECK(above("a").empty());
  CHECK(above("").empty());
}

TEST_CASE("parent and filename are the two halves of a path") {
  CHECK(parent("/a/b") == "/a");
  CHECK(parent("/a/b/") == "/a");
  CHECK(parent("/a") == "/");
  CHECK(parent("/") == "/");
  CHECK(parent("a") == ".");
  CHECK(parent("a/b") == "a");
  CHECK(filename("/a/b") == "b");
  CHECK(filename("/a/b/") == "b");
  CHECK(filename("b") == "b");
  CHECK(filename("/").empty());
}

}  // namespace
}  // namespace devbox::path
