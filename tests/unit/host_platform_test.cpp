#include "host/platform.hpp"

#include <doctest/doctest.h>

#include <string>

namespace devbox::host {
namespace {

TEST_CASE("this machine's platform is named as images name it, and as Debian does") {
  const Platform here = platform();
  CHECK(here.name.starts_with("linux/"));
  CHECK(here.name.size() > std::string("linux/").size());
#if defined(__x86_64__)
  CHECK(here.name == "linux/amd64");
  CHECK(here.debian == "amd64");
#elif defined(__aarch64__)
  CHECK(here.name == "linux/arm64");
  CHECK(here.debian == "arm64");
#endif
}

}  // namespace
}  // namespace devbox::host
