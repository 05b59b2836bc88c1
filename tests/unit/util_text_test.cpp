#include "util/text.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

namespace devbox {
namespace {

using namespace std::string_view_literals;

TEST_CASE(
    "of a text of many lines newlines and tabs stay, and nothing else that a terminal obeys") {
  CHECK(printable_text("") == "");
  CHECK(printable_text("a\n\tb\x1b[31m\n") == "a\n\tb\\x1b[31m\n");
  CHECK(printable_text("\r\n") == "\\x0d\n");
}

TEST_CASE("printable text holds nothing that moves a cursor or turns the reading direction") {
  struct Row {
    std::string_view text, shown, reason;
  };
  const Row rows[] = {
      {"", "", "nothing"},
      {"plain \\ text", "plain \\ text", "a backslash is printable"},
      {"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
       "two, three and four bytes"},
      {"\x1b[31m", "\\x1b[31m", "an escape sequence"},
      {"a\nb\tc\r", "a\\x0ab\\x09c\\x0d", "a line stays one line"},
      {"\0"sv, "\\x00", "NUL"},
      {"\x7f", "\\x7f", "DEL"},
      {"\xc2\x9b", "\\u{009b}", "C1: CSI in one character"},
      {"\xe2\x80\xae", "\\u{202e}", "right-to-left override"},
      {"\xe2\x81\xa6", "\\u{2066}", "left-to-right isolate"},
      {"\xe2\x80\xa8", "\\u{2028}", "line separator"},
      {"\xd8\x9c", "\\u{061c}", "Arabic letter mark"},
      {"\xff\xfe", "\\xff\\xfe", "never in UTF-8"},
      {"\xc3", "\\xc3", "cut off"},
      {"\xc3(", "\\xc3(", "no continuation"},
      {"\xc0\xaf", "\\xc0\\xaf", "overlong slash"},
      {"\xe0\x80\x80", "\\xe0\\x80\\x80", "overlong NUL"},
      {"\xed\xa0\x80", "\\xed\\xa0\\x80", "a surrogate"},
      {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80", "above U+10FFFF"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.reason);
    CHECK(printable(row.text) == row.shown);
  }
}

TEST_CASE("the nearest word is the one that was meant, or none") {
  const std::vector<std::string> known = {"workspace", "image", "ids", "rw", "ro", "none"};
  struct Row {
    std::string_view word, meant, reason;
  };
  const Row rows[] = {
      {"workspce", "workspace", "a letter left out"},
      {"workkspace", "workspace", "a letter too many"},
      {"worksbace", "workspace", "a letter replaced"},
      {"imgae", "image", "neighbours swapped count once"},
      {"id", "ids", "one edit of three letters"},
      {"rx", "rw", "of equally near words the first"},
      {"image", "image", "itself"},
      {"kernel", "", "nothing is near"},
      {"x", "", "a word with nothing in common"},
      {"", "", "no word"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.reason);
    CHECK(nearest(row.word, known) == row.meant);
  }
  CHECK(nearest(std::string(1U << 20U, 'a'), known).empty());
  CHECK(nearest("image", {}).empty());
}

TEST_CASE("a star matches any run and everything else itself") {
  struct Row {
    std::string_view pattern, text;
    bool matches;
  };
  const Row rows[] = {
      {"LC_*", "LC_ALL", true},
      {"LC_*", "LC_", true},
      {"LC_*", "LC", false},
      {"*_proxy", "no_proxy", true},
      {"*_proxy", "_proxy", true},
      {"*_proxy", "proxy", false},
      {"*", "", true},
      {"", "", true},
      {"", "a", false},
      {"a*b*c", "aXbYbZc", true},
      {"a*b*c", "aXc", false},
      {"a**", "a", true},
      {"a?c", "abc", false},
      {"[a]", "a", false},
      {"TERM", "TERMINFO", false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.pattern);
    CAPTURE(row.text);
    CHECK(matches(row.pattern, row.text) == row.matches);
  }
}

TEST_CASE("splitting gives one part more than there are separators") {
  using Parts = std::vector<std::string>;
  CHECK(split("a:b", ':') == Parts{"a", "b"});
  CHECK(split("", ':') == Parts{""});
  CHECK(split(":", ':') == Parts{"", ""});
  CHECK(split("a::b:", ':') == Parts{"a", "", "b", ""});
}

TEST_CASE("a command is shown as one would type it") {
  CHECK(command_text(std::vector<std::string>{"sh", "-c", "echo \"it's\"", "", "a\x1b"}) ==
        R"(sh -c 'echo "it'\''s"' '' a\x1b)");
  CHECK(command_text(std::vector<std::string>{}).empty());
}

TEST_CASE("lower case changes the letters of ASCII and nothing else") {
  CHECK(lower_case("AZaz09-\xc3\x84") == "azaz09-\xc3\x84");
  CHECK(lower_case("").empty());
}

}  // namespace

TEST_CASE("a word for sh is quoted where it must be, and only there") {
  struct Row {
    const char* word;
    const char* quoted;
  };
  const Row rows[] = {{"/usr/bin/devbox-1.2", "/usr/bin/devbox-1.2"},
                      {"", "''"},
                      {"a b", "'a b'"},
                      {"it's", "'it'\\''s'"},
                      {"$(reboot)", "'$(reboot)'"},
                      {"~ann", "'~ann'"},
                      {"a\nb", "'a\nb'"}};
  for (const Row& row : rows) CHECK(shell_quoted(row.word) == row.quoted);
}

TEST_CASE("lower case changes the letters of ASCII and nothing else") {
  CHECK(lower_case("AZaz09-\xc3\x84") == "azaz09-\xc3\x84");
  CHECK(lower_case("").empty());
}

}  // namespace devbox
