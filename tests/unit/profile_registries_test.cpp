// registries.toml: what it says, and every mistake with its place.
#include "profile/registries.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace devbox::profile {
namespace {

using Words = std::vector<std::string>;

Words mistakes_of(const std::string& text) {
  return parse_registries(text, "registries.toml").mistakes;
}

TEST_CASE("a registry is insecure, and has mirrors in their order") {
  const ParsedRegistries parsed = parse_registries(
      "[registry.\"localhost:5000\"]\n"
      "insecure = true\n"
      "[registry.\"docker.io\"]\n"
      "mirrors = [\"https://mirror.example/docker/\", \"http://mirror:8080\"]\n"
      "[registry.\"Quay.IO\"]\n",
      "registries.toml");
  CHECK(parsed.mistakes == Words{});
  const Registries expected = {
      {"localhost:5000", {true, {}}},
      {"docker.io", {false, {"https://mirror.example/docker", "http://mirror:8080"}}},
      {"quay.io", {false, {}}},
  };
  CHECK(parsed.registries == expected);
  CHECK(mistakes_of("") == Words{});
}

TEST_CASE("each mistake in registries.toml has its line and column") {
  struct Row {
    std::string text;
    Words mistakes;
  };
  const Row rows[] = {
      {"registries = 1\n",
       {"registries.toml:1:1: unknown key `registries`; did you mean `registry`?"}},
      {"registry = 1\n",
       {"registries.toml:1:12: `registry` must be a table: [registry.\"localhost:5000\"]"}},
      {"[registry]\n\"quay.io\" = true\n",
       {"registries.toml:2:13: `registry.\"quay.io\"` must be a table"}},
      {"[registry.gcc]\n",
       {"registries.toml:1:11: \"gcc\" is no name of a registry, such as \"quay.io\" or "
        "\"localhost:5000\""}},
      {"[registry.\"https://quay.io\"]\n",
       {"registries.toml:1:11: \"https://quay.io\" is no name of a registry, such as \"quay.io\" "
        "or \"localhost:5000\""}},
      {"[registry.\"quay.io\"]\n[registry.\"QUAY.io\"]\n",
       {"registries.toml:1:11: \"quay.io\" is here twice, in other letters"}},
      {"[registry.\"quay.io\"]\ninsecure = \"yes\"\ninsecur = 1\nmirrors = \"https://x\"\n",
       {"registries.toml:2:12: `insecure` must be true or false",
        "registries.toml:3:1: unknown key `insecur`; did you mean `insecure`?",
        "registries.toml:4:11: `mirrors` must be an array of strings"}},
      {"[registry.\"quay.io\"]\nmirrors = [1, \"mirror.example\", \"https://\",\n"
       "  \"https://me:pw@x.example\", \"https://x.example?a\", \"https://x/a b\"]\n",
       {"registries.toml:2:12: `mirrors` must be an array of strings",
        "registries.toml:2:15: `mirrors`: \"mirror.example\" must begin with \"https://\" or "
        "\"http://\"",
        "registries.toml:2:33: `mirrors`: \"https:\" must begin with \"https://\" or \"http://\"",
        "registries.toml:3:3: `mirrors`: the user and password of a mirror belong into `docker "
        "login` or `podman login`",
        "registries.toml:3:30: `mirrors`: \"https://x.example?a\" must not have a \"?\"",
        "registries.toml:3:53: `mirrors`: \"https://x/a b\" has characters that no URL has"}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(mistakes_of(row.text) == row.mistakes);
  }
  CHECK(mistakes_of("[registry\n").size() == 1);
}

}  // namespace
}  // namespace devbox::profile
