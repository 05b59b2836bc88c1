#include <doctest/doctest.h>

#include <iterator>
#include <string>

#include "kernel/privilege.hpp"
#include "profile/capability.hpp"

namespace devbox::kernel {

TEST_CASE("the names that a profile may say are libcap's, with the same numbers") {
  for (std::size_t number = 0; number < std::size(profile::kCapabilities); ++number) {
    const std::string name(profile::kCapabilities[number]);
    CHECK_MESSAGE(capability_number(name.c_str()) == static_cast<int>(number), name);
    CHECK(capability_number(("cap_" + name).c_str()) == static_cast<int>(number));
  }
}

TEST_CASE("a name that libcap does not know has no number") {
  CHECK(capability_number("sys_nothing") == -1);
  CHECK(capability_number("") == -1);
  CHECK(capability_number(std::string(200, 'x').c_str()) == -1);
}

}  // namespace devbox::kernel
