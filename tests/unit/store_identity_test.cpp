#include "store/identity.hpp"

#include <doctest/doctest.h>

#include <string>

namespace devbox::store {
namespace {

TEST_CASE("SHA-256 gives the digests of FIPS 180-4") {
  CHECK(sha256("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256(std::string(1000000, 'a')) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("an identity is 32 hex digits, the same every time") {
  const std::string one = identity("/p/devbox.toml", "/p");
  CHECK(one.size() == 32);
  CHECK(one.find_first_not_of("0123456789abcdef") == std::string::npos);
  CHECK(one == identity("/p/devbox.toml", "/p"));
}

TEST_CASE("another file or another project has another identity") {
  CHECK(identity("/p/devbox.toml", "/p") != identity("/q/devbox.toml", "/q"));
  CHECK(identity("/etc/cpp.toml", "/p") != identity("/etc/cpp.toml", "/q"));
  CHECK(identity("/a", "/b") != identity("/b", "/a"));
}

TEST_CASE("where the path ends and the project begins matters") {
  CHECK(identity("/ab", "/c") != identity("/a", "b/c"));
  CHECK(identity("/a", "") != identity("", "/a"));
}

}  // namespace
}  // namespace devbox::store
