#include <doctest/doctest.h>

#include <algorithm>

#include "plan_testing.hpp"

namespace devbox::plan {
namespace {

std::vector<std::string> masked(const Plan& plan) {
  std::vector<std::string> targets;
  for (const Mask& mask : mounts_of<Mask>(plan)) targets.push_back(mask.target);
  std::sort(targets.begin(), targets.end());
  return targets;
}

}  // namespace

TEST_CASE(
    "a writable home shows none of devbox's own directories, those that are not there yet "
    "included") {
  World world;
  world.profile.home.mode = profile::HomeMode::host;
  world.has("/home/ann").has("/home/ann/work");
  const Plan plan = world.plan();
  CHECK(masked(plan) == std::vector<std::string>{"/home/ann/.config/devbox",
                                                 "/home/ann/.local/share/devbox",
                                                 "/home/ann/.local/state/devbox"});
  // The box could make a directory that is missing, and write what devbox would read from it.
  for (const std::string& directory : masked(plan)) {
    CHECK(std::count(plan.make_directories.begin(), plan.make_directories.end(), directory) == 1);
  }
}

TEST_CASE("they are covered under every name that a bind gives them") {
  World world;
  world.has("/home").has("/run/user/1000");
  world.request.binds = {{"/home", "/mnt/people", profile::Access::read_write},
                         {"/run/user/1000", "/mnt/runtime", profile::Access::read_write}};
  world.tree.directory("/mnt");
  CHECK(masked(world.plan()) == std::vector<std::string>{"/mnt/people/ann/.config/devbox",
                                                         "/mnt/people/ann/.local/share/devbox",
                                                         "/mnt/people/ann/.local/state/devbox",
                                                         "/mnt/runtime/devbox"});
}

TEST_CASE("a link on the way to them does not hide them") {
  World world;
  world.host.dirs.config = "/home/ann/.config/devbox";
  world.has("/home/ann/.config", host::NodeKind::directory, "/data/settings").has("/data");
  world.request.binds = {{"/data", "/mnt", profile::Access::read_write}};
  world.tree.directory("/mnt");
  CHECK(masked(world.plan()) == std::vector<std::string>{"/mnt/settings/devbox"});
}

TEST_CASE("a writable bind from inside one of them is refused") {
  World world;
  world.has("/home/ann/.local/state/devbox/trust");
  world.request.binds = {
      {"/home/ann/.local/state/devbox/trust", "/mnt", profile::Access::read_write}};
  world.tree.directory("/mnt");
  CHECK(world.mistake() ==
        "--bind: /home/ann/.local/state/devbox/trust is inside /home/ann/.local/state/devbox, "
        "which is devbox's own and "
        "never writable in a box");
}

TEST_CASE("what leads to a cover cannot be renamed: each directory on the way is a mount point") {
  World world;
  world.profile.home.mode = profile::HomeMode::host;
  world.has("/home/ann").has("/home/ann/work").has("/home/ann/work/.git/hooks");
  profile::Mount mask;
  mask.type = profile::MountType::mask;
  mask.target = "${project}/.git/hooks";
  world.profile.mounts = {mask};
  std::vector<std::string> held;
  for (const Bind& bind : mounts_of<Bind>(world.plan())) {
    if (bind.why == kHeld) held.push_back(bind.target);
    if (bind.why == kHeld) CHECK(bind.source == bind.target);
  }
  std::sort(held.begin(), held.end());
  CHECK(held == std::vector<std::string>{"/home/ann/.config", "/home/ann/.local",
                                         "/home/ann/.local/share", "/home/ann/.local/state",
                                         "/home/ann/work/.git"});
}

TEST_CASE("what is held comes before all that lies on it, the outer directory before the inner") {
  World world;
  for (const char* path : {"a", "a/b", "a/b/c", "a/b/d", "a-b"})
    world.has(std::string("/home/ann/work/") + path);
  for (const char* target : {"${project}/a-b", "${project}/a/b/c", "${project}/a/b/d"}) {
    profile::Mount mask;
    mask.type = profile::MountType::mask;
    mask.target = target;
    world.profile.mounts.push_back(mask);
  }
  std::vector<std::string> order;
  for (const Mount& mount : world.plan().mounts) {
    const auto* bind = std::get_if<Bind>(&mount);
    if (bind != nullptr && bind->why == kHeld) order.push_back("held " + bind->target);
    if (const auto* mask = std::get_if<Mask>(&mount)) order.push_back(mask->target);
  }
  CHECK(order == std::vector<std::string>{"/home/ann/work/a-b", "held /home/ann/work/a",
                                          "held /home/ann/work/a/b", "/home/ann/work/a/b/c",
                                          "/home/ann/work/a/b/d"});
}

TEST_CASE("where another mount hides them they need no cover, and that mount is held in place") {
  World world;
  world.host.home = "/data/people/ann";
  world.host.dirs = {"/data/people/ann/.config/devbox", "/data/people/ann/.local/share/devbox",
                     "/data/people/ann/.local/state/devbox", "/run/user/1000/devbox"};
  world.has("/data").has("/data/people").has("/data/people/ann");
  world.tree.directory("/data");
  world.request.binds = {{"/data", "/data", profile::Access::read_write}};
  const Plan plan = world.plan();
  CHECK(masked(plan).empty());  // the private home lies there
  std::vector<std::string> held;
  for (const Bind& bind : mounts_of<Bind>(plan)) {
    if (bind.why == kHeld) held.push_back(bind.target);
  }
  CHECK(held == std::vector<std::string>{"/data/people"});
  // Under another name nothing hides them.
  world.request.binds.push_back({"/data", "/mnt/data", profile::Access::read_write});
  world.tree.directory("/mnt");
  CHECK(masked(world.plan()) ==
        std::vector<std::string>{"/mnt/data/people/ann/.config/devbox",
                                 "/mnt/data/people/ann/.local/share/devbox",
                                 "/mnt/data/people/ann/.local/state/devbox"});
}

TEST_CASE("a private home is devbox's to give") {
  CHECK(World{}.mistake().empty());
  CHECK(masked(World{}.plan()).empty());
}

}  // namespace devbox::plan
