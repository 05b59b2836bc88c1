#include <doctest/doctest.h>

#include "util/amount.hpp"

namespace devbox {
namespace {

TEST_CASE("an exact size loses nothing") {
  CHECK(exact_size(0) == "0 bytes");
  CHECK(exact_size(1000) == "1000 bytes");
  CHECK(exact_size(std::uint64_t{2} << 30U) == "2 GiB");
  CHECK(exact_size(std::uint64_t{3} << 29U) == "1536 MiB");
  CHECK(exact_size(~std::uint64_t{0}) == "18446744073709551615 bytes");
}

TEST_CASE("a rough size has three digits") {
  CHECK(rough_size(100) == "100 bytes");
  CHECK(rough_size(1536) == "1.50 KiB");
  CHECK(rough_size(std::uint64_t{12} << 20U) == "12.0 MiB");
  CHECK(rough_size(1023 * 1024) == "1.00 MiB");
  CHECK(rough_size(~std::uint64_t{0}) == "16.0 EiB");
}

TEST_CASE("a rough time is in seconds or milliseconds") {
  CHECK(rough_time(500) == "0.50 ms");
  CHECK(rough_time(340'000) == "340 ms");
  CHECK(rough_time(1'250'000) == "1.25 s");
  CHECK(rough_time(3'600'000'000) == "3600 s");
}

}  // namespace
}  // namespace devbox
