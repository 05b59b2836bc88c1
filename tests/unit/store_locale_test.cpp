#include "store/locale.hpp"

#include <doctest/doctest.h>

#include <cstring>

namespace devbox::store {
namespace {

TEST_CASE("a codeset is filed as glibc does") {
  CHECK(normal_locale("en_US.UTF-8") == "en_US.utf8");
  CHECK(normal_locale("en_US.utf8") == "en_US.utf8");
  CHECK(normal_locale("de_DE.ISO-8859-15@euro") == "de_DE.iso885915@euro");
  CHECK(normal_locale("de_DE.8859-1") == "de_DE.iso88591");
  CHECK(normal_locale("de_DE@euro") == "de_DE@euro");
  CHECK(normal_locale("ja_JP.eucJP") == "ja_JP.eucjp");
  CHECK(normal_locale("en_US") == "en_US");
  CHECK(normal_locale("x.") == "x.");
  CHECK(normal_locale("x.@y") == "x.@y");
}

TEST_CASE("the locales of C are built in") {
  for (const char* name : {"", "C", "POSIX", "C.UTF-8", "C.utf8", "C.UTF8"})
    CHECK_MESSAGE(is_builtin_locale(name), name);
  for (const char* name : {"en_US.UTF-8", "c", "C.ISO-8859-1", "POSIX.UTF-8"})
    CHECK_MESSAGE(!is_builtin_locale(name), name);
}

std::string header(std::uint32_t magic, std::uint32_t offset, std::uint32_t used,
                   std::uint32_t size) {
  const std::uint32_t fields[14] = {magic, 0, 0, 0, 0, offset, used, size, 0, 0, 0, 0, 0, 0};
  return {reinterpret_cast<const char*>(fields), sizeof fields};
}

constexpr std::uint32_t kMagic = 0xde020109;

TEST_CASE("an archive says where its names are") {
  const auto area = string_area(header(kMagic, 56, 20, 30), 100);
  REQUIRE(area);
  CHECK(area->offset == 56);
  CHECK(area->size == 20);
  CHECK(string_area(header(kMagic, 80, 20, 20), 100));  // up to the very end
}

TEST_CASE("an archive that says what cannot be holds no names") {
  CHECK_FALSE(string_area("", 0));
  CHECK_FALSE(string_area(header(kMagic, 56, 20, 30).substr(0, 55), 100));
  CHECK_FALSE(string_area(header(kMagic + 1, 56, 20, 30), 100));
  CHECK_FALSE(string_area(header(kMagic, 56, 31, 30), 100));  // more used than there is
  CHECK_FALSE(string_area(header(kMagic, 81, 20, 20), 100));  // beyond the end
  CHECK_FALSE(
      string_area(header(kMagic, 0xffffffff, 0xffff, 0xffff), 100));  // a sum that overflows
  CHECK_FALSE(string_area(header(kMagic, 0, 20, 20), 100));           // in the header
  CHECK_FALSE(
      string_area(header(kMagic, 56, 0xffffffff, 0xffffffff), 0xffffffffff));  // 4 GiB of names
}

TEST_CASE("a name counts as a whole alone") {
  const std::string_view names("de_DE.utf8\0en_US.utf8\0\0cut", 26);
  CHECK(holds_name(names, "de_DE.utf8"));
  CHECK(holds_name(names, "en_US.utf8"));
  CHECK_FALSE(holds_name(names, "en_US"));
  CHECK_FALSE(holds_name(names, "US.utf8"));
  CHECK_FALSE(holds_name(names, ""));
  CHECK_FALSE(holds_name(names, "cut"));  // its end is not there
  CHECK_FALSE(holds_name(names, std::string_view("de_DE.utf8\0en_US.utf8", 21)));
  CHECK_FALSE(holds_name("", "x"));
}

}  // namespace
}  // namespace devbox::store
