// Text that is not TOML, or not kindly meant.
#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "profile/key_depth.hpp"
#include "profile_testing.hpp"

namespace devbox::profile {
namespace {

using testing::load_text;
using testing::mistakes_of;

std::string repeated(std::string_view part, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += part;
  return text;
}

constexpr std::size_t kMany = 1U << 19U;

TEST_CASE("a mistake of syntax is told with its line and column") {
  CHECK(mistakes_of("[workspace]\nmode = 'rw\n") ==
        "devbox.toml:2:11: Error while parsing literal string: control characters other than "
        "TAB (U+0009) are explicitly prohibited");
  CHECK(mistakes_of("name = 'a'\nname = 'b'\n") ==
        "devbox.toml:2:8: Error while parsing key-value pair: cannot redefine existing string "
        "'name'");
  CHECK(mistakes_of("schema = 99999999999999999999") ==
        "devbox.toml:1:30: Error while parsing decimal integer: '99999999999999999999' is not "
        "representable in 64 bits");
}

TEST_CASE("a line that the parser's own assertions forbid is refused like any other mistake") {
  CHECK(mistakes_of("[[[a]]]") == "devbox.toml:1:1: this line is not TOML");
  CHECK(mistakes_of("name = 'a'\n\n[[=\n[x]\n") == "devbox.toml:3:1: this line is not TOML");
}

TEST_CASE("characters outside ASCII stand in strings and comments and nowhere else") {
  CHECK(mistakes_of(
            "# \xc2\xb7\nname = '\xc2\xb7' # \xc3\xa9\ndescription = \"\"\"\\\n \xc3\xa9\"\"\"\n")
            .empty());
  CHECK(
      mistakes_of("name = 'x' \xc2\xb7") ==
      "devbox.toml:1:12: Error while parsing key-value pair: expected a comment or whitespace, saw "
      "'\xc2\xb7'");
  CHECK(mistakes_of("\xc3\xa9 = 1") ==
        "devbox.toml:1:1: Error while parsing root table: expected keys, tables, whitespace or "
        "comments, saw '\xc3\xa9'");
}

TEST_CASE("bytes that are not text are a mistake and not a crash") {
  using std::string_literals::operator""s;
  const std::string inputs[] = {
      "\xff",
      "name = '\xff\xfe'",
      "\xef\xbb\xbf\xff",
      "\0"s,
      "name = \"\0\""s,
      "\x7f"
      "ELF\x02\x01\x01",
      "\xed\xa0\x80 = 1",
      repeated("\xde\xad\xbe\xef", kMany / 4),
      repeated("\0"s, kMany),
      repeated("[", kMany),
      repeated("a = ", kMany / 4),
      repeated("'", kMany + 1),
      "[" + repeated("a.", kMany) + "a]",
      repeated("a.", kMany) + "a = 1",
      "a = " + repeated("[", kMany),
      "a = " + repeated("{ a = ", kMany / 8),
      "a = " + repeated("{ a.a.a.a.a.a.a.a.a.a.a.a = ", 40),
      "schema = " + repeated("9", kMany),
      "limits.cpus = 1e" + repeated("9", kMany),
  };
  for (const std::string& input : inputs) {
    const std::string shown = describe(load_text(input).mistakes);
    CAPTURE(shown.substr(0, 200));
    CHECK_FALSE(shown.empty());
    CHECK(shown.find('\n') == std::string::npos);
    CHECK(shown.size() < 1000);
  }
}

TEST_CASE("a byte order mark, comments and blank lines alone are an empty profile") {
  CHECK(mistakes_of("\xef\xbb\xbf\r\n# " + repeated("x.", kMany) + "\n\n").empty());
}

TEST_CASE("a key of too many parts is refused before the parser sees it") {
  const std::string deep = repeated("a.", kMaxKeyParts) + "a";
  const std::string refused = "a key has more than 16 parts";
  CHECK(mistakes_of("\n" + deep + " = 1") == "devbox.toml:2:32: " + refused);
  CHECK(mistakes_of("x = '\xc3\xa9'\ny = { '\xc3\xa9'." + deep + " = 1 }") ==
        "devbox.toml:2:40: " + refused);
  struct Row {
    std::string toml;
    bool too_deep;
    std::string reason;
  };
  const Row rows[] = {
      {repeated("a.", kMaxKeyParts - 1) + "a = 1", false, "as many as may be"},
      {repeated("'a' . ", kMaxKeyParts) + "a = 1", true, "quoted, with blanks"},
      {repeated("\"a\\\"\".", kMaxKeyParts) + "a = 1", true, "a quote in quotes"},
      {"# " + deep, false, "in a comment"},
      {"a = '" + deep + "'", false, "in a literal string"},
      {"a = \"\\\"" + deep + "\"", false, "in a basic string"},
      {"a = \"\"\"\n\"" + deep + "\"\"\"\"\"", false, "in a long string that ends in quotes"},
      {"a = '''" + deep + "''''\n" + deep + " = 1", true,
       "behind a long string that ends in a quote"},
      {"a = [" + repeated("1.5, ", 100) + "]", false, "floats"},
      {"a = '\n" + deep + " = 1", true, "behind a string that its line ends"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.reason);
    CHECK(too_deep_key(row.toml).has_value() == row.too_deep);
  }
}

TEST_CASE("a value that nests too deep is a mistake of its own key") {
  CHECK(mistakes_of("kernel" + repeated(".a", 12) + " = 1") ==
        "devbox.toml:1:1: unknown key `kernel`");
  CHECK(mistakes_of("extends = " + repeated("[", 20) + repeated("]", 20)) ==
        "devbox.toml:1:12: an entry of `extends` must be a string, not an array");
}

TEST_CASE("many mistakes are all told") {
  std::string toml;
  for (int i = 0; i < 20000; ++i) toml += "k" + std::to_string(i) + " = 1\n";
  CHECK(load_text(toml).mistakes.size() == 20000);
}

TEST_CASE("mistakes reach the terminal without control characters") {
  const std::string shown = mistakes_of("\"a\\nb\\u001b\\u202e\" = 1\n[mounts.\"\\u009b\"]\n");
  CHECK(shown ==
        "devbox.toml:1:1: unknown key `\"a\\x0ab\\x1b\\u{202e}\"`\n"
        "devbox.toml:2:9: `mounts.\"\\u{009b}\"` must be an absolute path, not \"\\u{009b}\"");
  const Loaded loaded = load_text("x = 1", "/p/\x1b[31m.toml");
  CHECK(describe(loaded.mistakes) == "/p/\\x1b[31m.toml:1:1: unknown key `x`");
}

}  // namespace
}  // namespace devbox::profile
