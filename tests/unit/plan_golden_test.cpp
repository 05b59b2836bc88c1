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

Plan plan_of(const std::string& name) {
  const auto finder = [](std::string_view, const std::string&) {
    return std::optional<profile::Text>();
  };
  const std::string bytes = read(std::string(DEVBOX_SOURCE_DIR) + "/profiles/" + name + ".toml");
  REQUIRE_FALSE(bytes.empty());
  profile::Loaded loaded =
      profile::load({"/usr/share/devbox/profiles/" + name + ".toml", bytes}, finder);
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
  for (const char* name : {"host"}) {
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
