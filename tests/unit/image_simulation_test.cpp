// What apt says that it would do.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "image/debian.hpp"

namespace devbox::image {
namespace {

TEST_CASE("what apt would install is read off its simulation") {
  struct Row {
    const char* line;
    const char* package;  // empty: none
  };
  const Row rows[] = {
      {"Inst gcc-12-base (12.2.0-14+deb12u1 Debian:12.15/oldstable [amd64])",
       "gcc-12-base 12.2.0-14+deb12u1 amd64"},
      {"Inst libc6 (2.36-9+deb12u14 Debian:12.15/oldstable [amd64]) []",
       "libc6 2.36-9+deb12u14 amd64"},
      {"Inst libgcrypt20 (1.10.1-3 Debian:12.15/oldstable, Debian-Security:12/oldstable-security "
       "[amd64])",
       "libgcrypt20 1.10.1-3 amd64"},
      {"Inst perl-base [5.36.0-7] (5.36.0-8 Debian:12.15/oldstable [amd64]) [perl:amd64 ]",
       "perl-base 5.36.0-8 amd64"},
      {"Inst tzdata (2026a-0+deb12u1 Debian:12.15/oldstable [all])", "tzdata 2026a-0+deb12u1 all"},
      {"Inst libc6:i386 (2.36-9 Debian:12.15/oldstable [i386])", "libc6 2.36-9 i386"},
      {"Conf libc6 (2.36-9 Debian:12.15/oldstable [amd64])", ""},
      {"Inst libc6", ""},
      {"Inst libc6 (2.36-9", ""},
      {"Inst $(x) (2.36-9 Debian [amd64])", ""},
      {"Inst x ([amd64])", ""},
      {"", ""},
  };
  for (const Row& row : rows) {
    const auto package = parse_simulated(row.line);
    const std::string text =
        package ? package->name + " " + package->version + " " + package->architecture : "";
    CHECK_MESSAGE(text == row.package, row.line);
  }
}

TEST_CASE("a simulation runs no hook and installs the same packages") {
  Recipe recipe;
  recipe.suite = "bookworm";
  recipe.packages = {"g++", "make"};
  recipe.architecture = "amd64";
  const std::vector<std::string> words = simulation(recipe);
  const auto has = [&](const std::string& word) {
    return std::find(words.begin(), words.end(), word) != words.end();
  };
  CHECK(has("--simulate"));
  CHECK(has("--variant=minbase"));
  CHECK(has("--include=g++,make"));
  CHECK(has("--architectures=amd64"));
  for (const std::string& word : words) CHECK(word.find("hook") == std::string::npos);
}

}  // namespace
}  // namespace devbox::image
