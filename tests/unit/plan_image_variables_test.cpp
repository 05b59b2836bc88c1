// What an image says of the environment, for where the profile is silent.
#include <doctest/doctest.h>

#include <algorithm>

#include "plan_testing.hpp"

namespace devbox::plan {
namespace {

bool has(const Plan& plan, const std::string& variable) {
  return std::count(plan.env.begin(), plan.env.end(), variable) == 1;
}

bool has_name(const Plan& plan, const std::string& name) {
  return std::any_of(plan.env.begin(), plan.env.end(),
                     [&](const std::string& one) { return one.starts_with(name + "="); });
}

Plan plan_with(const World& world, std::vector<std::string> variables) {
  Resolved resolved = world.resolved();
  resolved.config.env = std::move(variables);
  return make(world.profile, resolved, world.host, world.facts(resolved), world.request);
}

TEST_CASE("an image's variables are in the box, its PATH too") {
  const Plan plan = plan_with({}, {"GREETING=hello there", "EMPTY=", "PATH=/bin:/opt/bin"});
  CHECK(has(plan, "GREETING=hello there"));
  CHECK(has(plan, "EMPTY="));
  CHECK(has(plan, "PATH=/bin:/opt/bin"));
}

TEST_CASE("what passes, is set or is typed goes before an image's variables") {
  World world;
  world.profile.env.set = {{"B", "set"}};
  world.profile.env.path_prepend = {"/opt/mine"};
  world.request.env = {{"C", "option"}};
  const Plan plan =
      plan_with(world, {"A=image", "B=image", "C=image", "LANG=image", "PATH=/opt/bin"});
  CHECK(has(plan, "A=image"));
  CHECK(has(plan, "B=set"));
  CHECK(has(plan, "C=option"));
  CHECK(has(plan, "LANG=C.UTF-8"));
  CHECK(has(plan, "PATH=/opt/mine:/opt/bin"));
}

TEST_CASE("an image does not say who and where the user is") {
  const Plan plan = plan_with({}, {"HOME=/root", "USER=root", "LOGNAME=root", "SHELL=/bin/evil",
                                   "XDG_RUNTIME_DIR=/tmp", "container=docker", "DEVBOX=other"});
  CHECK(has(plan, "HOME=/home/ann"));
  CHECK(has(plan, "USER=ann"));
  CHECK(has(plan, "LOGNAME=ann"));
  CHECK_FALSE(has(plan, "SHELL=/bin/evil"));
  CHECK(has(plan, "XDG_RUNTIME_DIR=/run/user/1000"));
  CHECK(has(plan, "container=devbox"));
  CHECK(has(plan, "DEVBOX=cpp"));
}

TEST_CASE("what is no assignment in an image is left out") {
  const Plan plan = plan_with({}, {"NOTHING", "=x", "A=1", "A=2"});
  CHECK_FALSE(has_name(plan, "NOTHING"));
  CHECK_FALSE(has_name(plan, ""));
  CHECK(has(plan, "A=2"));
  CHECK_FALSE(has(plan, "A=1"));
}

}  // namespace
}  // namespace devbox::plan
