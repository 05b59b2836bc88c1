#include "editor/diff.hpp"

#include <doctest/doctest.h>

namespace devbox::editor {
namespace {

// Each compared with what `diff -u` of GNU diffutils prints.
TEST_CASE("a diff is what diff -u prints") {
  CHECK(unified_diff("a\nb\nc\n", "a\nx\nc\n", "f", false) ==
        "--- f\n+++ f\n@@ -1,3 +1,3 @@\n a\n-b\n+x\n c\n");
  CHECK(unified_diff("", "a\nb\n", "f", true) == "--- /dev/null\n+++ f\n@@ -0,0 +1,2 @@\n+a\n+b\n");
  CHECK(unified_diff("a", "a\n", "f", false) ==
        "--- f\n+++ f\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n");
  CHECK(unified_diff("same\n", "same\n", "f", false).empty());
}

TEST_CASE("changes that lie far apart are hunks of their own, near ones are not") {
  const std::string middle = "1\n2\n3\n4\n5\n6\n7\n";
  CHECK(unified_diff("a\n" + middle + "b\n", "A\n" + middle + "B\n", "f", false) ==
        "--- f\n+++ f\n@@ -1,4 +1,4 @@\n-a\n+A\n 1\n 2\n 3\n@@ -6,4 +6,4 @@\n 5\n 6\n 7\n-b\n+B\n");
  CHECK(unified_diff("a\n1\n2\n3\n4\n5\n6\nb\n", "A\n1\n2\n3\n4\n5\n6\nB\n", "f", false) ==
        "--- f\n+++ f\n@@ -1,8 +1,8 @@\n-a\n+A\n 1\n 2\n 3\n 4\n 5\n 6\n-b\n+B\n");
}

TEST_CASE("texts that are too long to be compared line by line are replaced as a whole") {
  std::string a, b;
  for (int i = 0; i < 3000; ++i) {
    a += "a" + std::to_string(i) + "\n";
    b += "b" + std::to_string(i) + "\n";
  }
  const std::string diff = unified_diff("x\n" + a, "x\n" + b, "f", false);
  CHECK(diff.starts_with("--- f\n+++ f\n@@ -1,3001 +1,3001 @@\n x\n-a0\n-a1\n"));
  CHECK(diff.ends_with("+b2999\n"));
}

}  // namespace
}  // namespace devbox::editor
