#include "build/compare.hpp"

#include <doctest/doctest.h>

#include <string>

#include "host_temporary.hpp"

namespace devbox::build {
namespace {

using What = Difference::What;
using test::contains;

// What compare() makes of a program that says these lines, whatever it is asked.
class Said {
 public:
  explicit Said(const std::string& lines, int status = 0) {
    here_.file("lines", lines);
    here_.file("program",
               "#!/bin/sh\n[ \"$*\" = \"compare /a /b\" ] || exit 9\ncat " + here_.at("lines") +
                   " >&3\nexit " + std::to_string(status) + "\n",
               0755);
  }
  Comparison compare() const { return build::compare(here_.at("program"), "/a", "/b"); }
  std::string error() const {
    return test::error_of([&] { compare(); }).message();
  }

 private:
  test::TemporaryDirectory here_;
};

constexpr const char* kEnd = "{\"same\":false,\"files\":2,\"bytes\":30}\n";

TEST_CASE("what devbox-image says of a content is typed, and a line for people") {
  const Comparison found =
      Said(std::string("{\"path\":\"build/app\",\"what\":\"content\",\"offset\":1234,"
                       "\"sizes\":[10,20],\"differing_bytes\":3,\"where\":\"section .rodata\","
                       "\"text\":[\"Jan 1\",\"Jan 2\"]}\n") +
           kEnd)
          .compare();
  REQUIRE(found.differences.size() == 1);
  const Difference& difference = found.differences[0];
  CHECK(difference.what == What::content);
  CHECK(difference.offset == 1234);
  CHECK(difference.sizes == std::array<std::uint64_t, 2>{10, 20});
  CHECK(difference.differing_bytes == 3);
  CHECK(line(difference) ==
        "differs: build/app at offset 1234 in section .rodata: \"Jan 1\" / \"Jan 2\"");
  CHECK(found.files == 2);
  CHECK(found.bytes == 30);
}

TEST_CASE("each kind of difference has its line") {
  const auto text = [](What what, const char* first, const char* second) {
    return line({.path = "p", .what = what, .first = first, .second = second, .where = {}});
  };
  CHECK(text(What::content, "", "") == "differs: p at offset 0");
  CHECK(text(What::kind, "file", "directory") == "differs: p is a file / directory");
  CHECK(text(What::mode, "0644", "0755") == "differs: p has mode 0644 / 0755");
  CHECK(text(What::link, "a", "b") == "differs: p leads to a / b");
  CHECK(text(What::only_in_first, "file", "") == "differs: p is only in the first build");
  CHECK(text(What::only_in_second, "", "file") == "differs: p is only in the second build");
}

TEST_CASE("nothing of a build reaches the terminal raw") {
  const Difference content{.path = "a\x1b[2J",
                           .first = {},
                           .second = {},
                           .where = "member \x1b]0;x",
                           .text = {{"\x1b[1m", "\n"}}};
  const Difference link{
      .path = "l", .what = What::link, .first = "\x1b[2J", .second = "\r", .where = {}};
  for (const char c : line(content) + line(link)) CHECK(static_cast<unsigned char>(c) >= 0x20);
}

TEST_CASE("of two that are the same there is nothing") {
  const Comparison found = Said("{\"same\":true,\"files\":1,\"bytes\":7}\n").compare();
  CHECK(found.differences.empty());
  CHECK(found.files == 1);
}

TEST_CASE("values of other types are none, and none of them is an end") {
  const Comparison found = Said(std::string("{\"path\":7,\"what\":\"content\",\"offset\":\"x\","
                                            "\"sizes\":[1],\"where\":[],\"text\":[1,2]}\n") +
                                kEnd)
                               .compare();
  REQUIRE(found.differences.size() == 1);
  CHECK(found.differences[0].path.empty());
  CHECK(found.differences[0].offset == 0);
  CHECK(!found.differences[0].text);
  CHECK(contains(Said("{\"same\":\"true\"}\n").error(), "did not come to its end"));
}

TEST_CASE("no end, a word that nobody knows and a contradiction are errors, not a verdict") {
  CHECK(contains(Said("").error(), "cannot compare /a with /b: devbox-image did not come to"));
  CHECK(contains(Said("{\"path\":\"p\",\"what\":\"smell\"}\n").error(), "says \"smell\""));
  CHECK(contains(Said("{\"path\":\"p\",\"what\":\"mode\"}\n{\"same\":true}\n").error(),
                 "contradicts itself"));
  CHECK(contains(Said(kEnd).error(), "contradicts itself"));
  CHECK(contains(Said("{\"error\":\"no \\u001b room\",\"hint\":\"\"}\n", 1).error(),
                 "cannot compare /a with /b: no \\x1b room"));
}

TEST_CASE("of more differences than anybody reads the number is kept") {
  std::string lines;
  for (int i = 0; i < 10'050; ++i) lines += "{\"path\":\"p\",\"what\":\"mode\"}\n";
  const Comparison found = Said(lines + kEnd).compare();
  CHECK(found.differences.size() == 10'000);
  CHECK(found.left_out == 50);
}

}  // namespace
}  // namespace devbox::build
