#include "profile/size.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <string_view>

namespace devbox::profile {
namespace {

TEST_CASE("a size is digits and a unit that says whether it counts in 1024 or in 1000") {
  struct Row {
    std::string_view text;
    std::uint64_t bytes;
  };
  const Row rows[] = {
      {"0", 0},
      {"123", 123},
      {"7B", 7},
      {"10KiB", 10240},
      {"512MiB", 536870912},
      {"4GiB", 4294967296},
      {"4GB", 4000000000},
      {"1kB", 1000},
      {"1KB", 1000},
      {"2TiB", 2199023255552},
      {"1PB", 1000000000000000},
      {"7EiB", 8070450532247928832},
      {"9223372036854775807", 9223372036854775807U},
      {"00010", 10},
      {"4 GiB", 4294967296},
      {"0EiB", 0},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(parse_size(row.text).outcome == Size::Outcome::good);
    CHECK(parse_size(row.text).bytes == row.bytes);
  }
}

TEST_CASE("what is not a size is refused and what does not fit is told apart") {
  using std::string_view_literals::operator""sv;
  const std::string_view malformed[] = {"",     "GiB",    "4G",    "4gib",  "-1",
                                        "+1",   "1.5GiB", "1e9",   " 1",    "1 ",
                                        "1  B", "0x10",   "1KiBx", "1\0"sv, "١"};
  for (const std::string_view text : malformed) {
    CAPTURE(text);
    CHECK(parse_size(text).outcome == Size::Outcome::malformed);
  }
  const std::string_view too_large[] = {"8EiB",
                                        "9223372036854775808",
                                        "18446744073709551616",
                                        "99999999999999999999999999999999999999",
                                        "10EB",
                                        "9007199254740992KiB"};
  for (const std::string_view text : too_large) {
    CAPTURE(text);
    CHECK(parse_size(text).outcome == Size::Outcome::too_large);
  }
}

TEST_CASE("a rate is a size in a second") {
  CHECK(parse_rate("200MiB/s").bytes == 209715200);
  CHECK(parse_rate("1/s").bytes == 1);
  CHECK(parse_rate("200MiB").outcome == Size::Outcome::malformed);
  CHECK(parse_rate("/s").outcome == Size::Outcome::malformed);
  CHECK(parse_rate("9EiB/s").outcome == Size::Outcome::too_large);
}

}  // namespace
}  // namespace devbox::profile
