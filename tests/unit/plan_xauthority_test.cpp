#include "plan/xauthority.hpp"

#include <doctest/doctest.h>

#include <string>

namespace devbox::plan {
namespace {

using namespace std::string_literals;

XauthEntry cookie(std::uint16_t family, const char* address, const char* number, const char* data) {
  return {family, address, number, "MIT-MAGIC-COOKIE-1", data};
}

}  // namespace

TEST_CASE("a file of cookies is read as xauth writes it") {
  const std::string bytes =
      "\x01\x00\x00\x04"
      "desk"
      "\x00\x01"
      "0"
      "\x00\x12"
      "MIT-MAGIC-COOKIE-1"
      "\x00\x03"
      "a\x00z"s;
  const auto entries = parse_xauthority(bytes);
  REQUIRE(entries.size() == 1);
  CHECK(entries[0].family == kFamilyLocal);
  CHECK(entries[0].address == "desk");
  CHECK(entries[0].number == "0");
  CHECK(entries[0].name == "MIT-MAGIC-COOKIE-1");
  CHECK(entries[0].data == "a\0z"s);
  CHECK(xauthority_text(entries) == bytes);
}

TEST_CASE("what is torn off is left out, wherever the end is") {
  const std::string whole = xauthority_text({cookie(kFamilyLocal, "desk", "0", "one")});
  for (std::size_t size = 0; size < whole.size(); ++size)
    CHECK(parse_xauthority(whole + whole.substr(0, size)).size() == 1);
  CHECK(parse_xauthority(whole + whole).size() == 2);
  CHECK(parse_xauthority("").empty());
  CHECK(parse_xauthority("\x01\x00\xff\xff"s).empty());
}

TEST_CASE("only the cookies of the display come in, whatever the box is called") {
  const auto cookies = cookies_of(
      {cookie(kFamilyLocal, "desk", "0", "zero"), cookie(kFamilyLocal, "desk", "1", "one"),
       cookie(0, "\x7f\x00\x00\x01", "0", "by address"),
       cookie(kFamilyLocal, "laptop", "0", "elsewhere")},
      "0", "desk");
  REQUIRE(cookies.size() == 1);
  CHECK(cookies[0].family == kFamilyWild);
  CHECK(cookies[0].address.empty());
  CHECK(cookies[0].number == "0");
  CHECK(cookies[0].data == "zero");
}

TEST_CASE("where the host was called otherwise when the cookie was made, it still comes in") {
  const auto cookies = cookies_of({cookie(kFamilyLocal, "dhcp-12", "0", "zero")}, "0", "desk");
  REQUIRE(cookies.size() == 1);
  CHECK(cookies[0].data == "zero");
}

TEST_CASE("a cookie of every display is one of this display alone") {
  const auto cookies = cookies_of({cookie(kFamilyWild, "", "", "any")}, "7", "desk");
  REQUIRE(cookies.size() == 1);
  CHECK(cookies[0].number == "7");
}

TEST_CASE("a display is a socket, or a port of loopback, or none of this machine") {
  struct Row {
    const char* text;
    bool is_known;
    bool is_local;
    const char* number;
  };
  const Row rows[] = {
      {":0", true, true, "0"},
      {":1.0", true, true, "1"},
      {"unix:0", true, true, "0"},
      {"localhost:10.0", true, false, "10"},  // ssh -X
      {"127.0.0.1:10", true, false, "10"},
      {"elsewhere:0", false, false, ""},
      {"", false, false, ""},
      {":", false, false, ""},
      {":x", false, false, ""},
      {":0.", false, false, ""},
      {":../../x", false, false, ""},  // never part of a path
      {":-1", false, false, ""},
  };
  for (const Row& row : rows) {
    const auto display = parse_display(row.text);
    REQUIRE_MESSAGE(display.has_value() == row.is_known, row.text);
    if (!display) continue;
    CHECK_MESSAGE(display->is_local == row.is_local, row.text);
    CHECK_MESSAGE(display->number == row.number, row.text);
  }
}

}  // namespace devbox::plan
