#include <doctest/doctest.h>

#include <string>

#include "host_temporary.hpp"
#include "plan/integrations.hpp"
#include "plan/zone.hpp"
#include "plan_testing.hpp"

namespace devbox::plan {
namespace {

using profile::Integration;
using test::contains;

World in(const std::string& link) {
  World world;
  world.reach.localtime = {.is_there = true, .link = link};
  return world;
}

// Where /etc/localtime of the box leads; empty where the image's own stays.
std::string localtime(const Plan& plan) {
  for (const Overlay& overlay : mounts_of<Overlay>(plan)) {
    for (const Made& made : overlay.made) {
      if (overlay.target == "/etc" && made.path == "localtime") return made.content;
    }
  }
  return "";
}

std::string tz(const Plan& plan) {
  for (const std::string& variable : plan.env) {
    if (variable.starts_with("TZ=")) return variable.substr(3);
  }
  return "(none)";
}

bool is_bound(const Plan& plan, const std::string& target) {
  for (const Bind& bind : mounts_of<Bind>(plan)) {
    if (bind.target == target) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("a host without a zone leaves the image's, and is an error with true") {
  World world;
  CHECK(localtime(world.plan()).empty());
  CHECK(tz(world.plan()) == "(none)");
  world.profile.integrations.set(Integration::timezone, profile::Wish::yes);
  CHECK(contains(world.mistake(), "`integrations.timezone`: TZ is not set"));
}

TEST_CASE("a zone that the image has is a link, by which programs know its name") {
  World world = in("/usr/share/zoneinfo/Europe/Berlin");
  world.has_zone = true;
  const Plan plan = world.plan();
  CHECK(localtime(plan) == "/usr/share/zoneinfo/Europe/Berlin");
  CHECK(tz(plan) == "(none)");
  CHECK_FALSE(is_bound(plan, "/run/devbox/zoneinfo/Europe/Berlin"));
}

TEST_CASE("an image without zones gets the host's one") {
  World world = in("/usr/share/zoneinfo/Europe/Berlin");
  world.reach.has_zone_file = true;
  const Plan plan = world.plan();
  CHECK(localtime(plan) == "/run/devbox/zoneinfo/Europe/Berlin");
  CHECK(is_bound(plan, "/run/devbox/zoneinfo/Europe/Berlin"));
}

TEST_CASE("UTC needs no file") {
  const World world = in("/usr/share/zoneinfo/Etc/UTC");
  const Resolved resolved = world.resolved();
  CHECK(zone_to_look_for(world.profile, resolved, world.host, world.reach).empty());
  CHECK(localtime(world.plan()) == "/usr/share/zoneinfo/Etc/UTC");
}

TEST_CASE("a zone without a name is a file of its own") {
  const Plan plan = in("").plan();
  CHECK(localtime(plan) == "/run/devbox/localtime");
  CHECK(is_bound(plan, "/run/devbox/localtime"));
}

TEST_CASE("a link that leads nowhere is no zone") {
  World world = in("/usr/share/zoneinfo/Nowhere");
  CHECK(localtime(world.plan()).empty());
  world.profile.integrations.set(Integration::timezone, profile::Wish::yes);
  CHECK(contains(world.mistake(), "neither the image nor the host has the time zone Nowhere"));
}

TEST_CASE("TZ goes before /etc/localtime") {
  World world = in("/usr/share/zoneinfo/Europe/Berlin");
  world.host.env["TZ"] = "Asia/Tokyo";
  world.has_zone = true;
  CHECK(tz(world.plan()) == "Asia/Tokyo");
  CHECK(localtime(world.plan()) == "/usr/share/zoneinfo/Asia/Tokyo");
  world.has_zone = false;
  world.reach.has_zone_file = true;
  CHECK(tz(world.plan()) == ":/run/devbox/zoneinfo/Asia/Tokyo");
  for (const char* rule : {"<+03>-3", "CET-1CEST"}) {
    world.reach.has_zone_file = false;
    world.host.env["TZ"] = rule;
    CHECK(tz(world.plan()) == rule);
  }
  world.host.env["TZ"] = ":/etc/localtime";
  world.has_zone = true;
  CHECK(localtime(world.plan()) == "/usr/share/zoneinfo/Europe/Berlin");
}

TEST_CASE("below Linux 5.11 a variable says it") {
  World world = in("/usr/share/zoneinfo/Europe/Berlin");
  world.host.kernel = {5, 10};
  world.has_zone = true;
  CHECK(tz(world.plan()) == "Europe/Berlin");
  world.has_zone = false;
  world.reach.has_zone_file = true;
  CHECK(tz(world.plan()) == ":/run/devbox/zoneinfo/Europe/Berlin");
}

TEST_CASE("what the profile puts on /etc/localtime stays") {
  World world = in("/usr/share/zoneinfo/Europe/Berlin");
  world.has_zone = true;
  profile::Mount mount;
  mount.target = "/etc/localtime";
  mount.type = profile::MountType::file;
  world.profile.mounts = {mount};
  CHECK(localtime(world.plan()).empty());
}

TEST_CASE("a name of a zone is never a way out of its directory") {
  CHECK(zone_name("/usr/share/zoneinfo/Europe/Berlin") == "Europe/Berlin");
  CHECK(zone_name("/usr/share/zoneinfo/../../etc/shadow").empty());
  CHECK(zone_name("/usr/share/zoneinfo/").empty());
  CHECK(zone_name("/etc/adjtime").empty());
}

}  // namespace devbox::plan
