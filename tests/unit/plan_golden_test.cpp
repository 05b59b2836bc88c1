// Every shipped profile as a plan for a made-up host: what a change of devbox changes for its users
// shows in a diff of tests/golden.
#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

#include "plan/describe.hpp"
#include "plan_testing.hpp"
#include "profile/load.hpp"

namespace devbox::plan {
namespace {

std::string read(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

profile::Text shipped(std::string_view name) {
  const std::string file = "/profiles/" + std::string(name) + ".toml";
  const std::string bytes = read(DEVBOX_SOURCE_DIR + file);
  REQUIRE_FALSE(bytes.empty());
  return {"/usr/share/devbox" + file, bytes};
}

Plan plan_of(const std::string& name) {
  const auto finder = [](std::string_view base, const std::string&) {
    return std::optional(shipped(base));
  };
  profile::Loaded loaded = profile::load(shipped(name), finder);
  REQUIRE(profile::describe(loaded.mistakes).empty());
  World world;
  world.profile = std::move(loaded.profile);
  world.request.project_profile = false;
  Plan plan = world.plan();
  if (plan.host_image) plan.root = "/";
  return plan;
}

}  // namespace

TEST_CASE("the plans of the shipped profiles are the golden ones") {
  for (const char* name : {"host", "debian", "debian-trixie", "debian-bullseye", "minimal",
                           "python", "go", "documents"}) {
    CHECK(describe(plan_of(name)) ==
          read(std::string(DEVBOX_SOURCE_DIR) + "/tests/golden/" + name + ".plan"));
  }
}

TEST_CASE("a value from elsewhere reaches the terminal escaped") {
  World world;
  world.request.env = {{"X", "\x1b]0;title\x07"}};
  world.request.command = {"printf", "\x1b[2J"};
  const std::string text = describe(world.plan());
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find("X=\\x1b]0;title\\x07") != std::string::npos);
}

}  // namespace devbox::plan
