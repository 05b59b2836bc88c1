#include "image/first_difference.hpp"

#include <doctest/doctest.h>

#include <string>

namespace devbox::image {
namespace {

std::optional<FirstDifference> between(const std::string& a, const std::string& b) {
  const MemoryBytes bytes_a(a);
  const MemoryBytes bytes_b(b);
  return first_difference(bytes_a, bytes_b, Count::yes);
}

std::string text(const std::string& a, const std::string& b) {
  const MemoryBytes bytes_a(a);
  const MemoryBytes bytes_b(b);
  const auto found = first_difference(bytes_a, bytes_b, Count::no);
  REQUIRE(found);
  const auto texts = excerpt(bytes_a, bytes_b, found->offset);
  return texts ? (*texts)[0] + " / " + (*texts)[1] : "none";
}

TEST_CASE("the first difference and the number of all are found, wherever they are") {
  CHECK(!between("", ""));
  CHECK(!between("same", "same"));
  for (const std::size_t at : {0UL, 1UL, 262'143UL, 262'144UL, 262'145UL, 999'999UL}) {
    CAPTURE(at);
    const std::string a(1'000'000, 'a');
    std::string b = a;
    b[at] = 'b';
    b.back() = 'c';
    const auto found = between(a, b);
    REQUIRE(found);
    CHECK(found->offset == at);
    CHECK(found->differing_bytes == (at == 999'999 ? 1 : 2));
  }
}

TEST_CASE("of two that are one longer than the other the end of the shorter is the first") {
  for (const std::size_t size : {0UL, 1UL, 262'144UL, 300'000UL}) {
    CAPTURE(size);
    const auto found = between(std::string(size, 'a'), std::string(size + 1, 'a'));
    REQUIRE(found);
    CHECK(found->offset == size);
    CHECK(!found->differing_bytes);
  }
}

TEST_CASE("what people can read around the difference is told, to where it ends in both") {
  CHECK(text("\1made Jan 1\n more", "\1made Jan 2\n more") == "made Jan 1 / made Jan 2");
  CHECK(text("/build/1", "/build/22") == "/build/1 / /build/22");
  CHECK(text("/build", "/build/22") == "/build / /build/22");
  const std::string part(100, 'x');
  CHECK(text(part + "1" + part, part + "2" + part) ==
        std::string(24, 'x') + "1" + std::string(35, 'x') + " / " + std::string(24, 'x') + "2" +
            std::string(35, 'x'));
}

TEST_CASE("bytes that are text in one alone, or by chance, are not told") {
  CHECK(text("text1\x01", "text\x80\x80") == "none");
  CHECK(text(std::string("\0a\1", 3), std::string("\0b\1", 3)) == "none");
  CHECK(text("\x1b[2J\x1b", "\x1b[3J\x1b") == "none");
}

}  // namespace
}  // namespace devbox::image
