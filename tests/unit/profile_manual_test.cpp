// The manual page against the validator.
#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "profile/load.hpp"

namespace devbox::profile {
namespace {

// The keys that man/devbox.toml.5 explains: each is the bold tag of a paragraph, `.B image.source`.
std::set<std::string> keys_in_manual() {
  std::ifstream page(std::string(DEVBOX_SOURCE_DIR) + "/man/devbox.toml.5");
  REQUIRE(page.good());
  std::set<std::string> keys;
  std::string before;
  for (std::string line; std::getline(page, line); before = line) {
    if (before == ".TP" && line.starts_with(".B ")) keys.insert(line.substr(3));
  }
  return keys;
}

TEST_CASE("the manual page explains every key that the validator knows and no other") {
  const std::vector<std::string> known = known_keys();
  CHECK(keys_in_manual() == std::set<std::string>(known.begin(), known.end()));
}

}  // namespace
}  // namespace devbox::profile
