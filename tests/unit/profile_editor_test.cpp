#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "profile/profile.hpp"
#include "profile_testing.hpp"

namespace devbox::profile {
namespace {

using testing::mistakes_of;

TEST_CASE("the name of a shim is a program's, without a directory") {
  for (const char* name : {"gcc", "g++", "clang-format-14", "x86_64-linux-gnu-gcc", "python3.11"}) {
    CAPTURE(name);
    CHECK(mistakes_of("editor.shims = ['" + std::string(name) + "']").empty());
  }
  for (const std::string name : {"", "a/b", "..", ".x", "-x", "a b", "a'b", "é"}) {
    CAPTURE(name);
    CHECK(mistakes_of("editor.shims = [\"" + name + "\"]").find("must name programs") !=
          std::string::npos);
    CHECK(mistakes_of("editor.language_servers = [\"" + name + "\"]").find("must name programs") !=
          std::string::npos);
  }
  CHECK(mistakes_of("editor.shims = ['" + std::string(65, 'x') + "']") != "");
}

// Else a repository could have the host's `sudo` asked for in its own image.
TEST_CASE("what asks for a password of the host's is no shim") {
  for (const char* name : {"sudo", "ssh", "gpg", "su", "devbox"}) {
    CAPTURE(name);
    CHECK(mistakes_of("editor.shims = ['" + std::string(name) + "']") ==
          "devbox.toml:1:17: an entry of `editor.shims` must not name \"" + std::string(name) +
              "\": what it is told belongs to the host");
  }
}

}  // namespace
}  // namespace devbox::profile
