#include <doctest/doctest.h>

#include <algorithm>

#include "plan_testing.hpp"

namespace devbox::plan {
namespace {

struct Resolver {
  std::string shown, target;  // the bind
  std::string link;           // the text of /etc/resolv.conf, where it is one
};

Resolver resolver_of(const World& world) {
  const Plan plan = world.plan();
  Resolver resolver;
  for (const Bind& bind : mounts_of<Bind>(plan)) {
    if (!path::is_within(world.host.resolv_conf, bind.source)) continue;
    resolver.shown = bind.source;
    resolver.target = bind.target;
    CHECK(bind.access == Access::read_only);
  }
  for (const Overlay& overlay : mounts_of<Overlay>(plan)) {
    for (const Made& made : overlay.made) {
      if (overlay.target == "/etc" && made.path == "resolv.conf") resolver.link = made.content;
    }
  }
  return resolver;
}

}  // namespace

TEST_CASE("of the host's resolv.conf a service's own directory is shown, or that one file") {
  struct Row {
    const char* file;
    const char* shown;
    const char* reason;
  };
  const Row rows[] = {
      {"/run/systemd/resolve/stub-resolv.conf", "/run/systemd/resolve", "it is renamed into place"},
      {"/run/NetworkManager/resolv.conf", "/run/NetworkManager", "the same"},
      {"/run/devbox/resolv/resolv.conf", "/run/devbox/resolv", "a box in a box"},
      {"/etc/resolv.conf", "/etc/resolv.conf", "beside a plain file lies all of /etc"},
      {"/mnt/wsl/resolv.conf", "/mnt/wsl/resolv.conf", "beside it lies what WSL shares"},
      {"/run/resolv.conf", "/run/resolv.conf", "beside it lie all sockets of the host"},
      {"/run/user/1000/resolv.conf", "/run/user/1000/resolv.conf", "the user's sockets"},
      {"/run/systemd/resolve/x/resolv.conf", "/run/systemd/resolve/x/resolv.conf", "not known"},
      {"/resolv.conf", "/resolv.conf", "beside it lies everything"},
  };
  for (const Row& row : rows) {
    World world;
    world.host.resolv_conf = row.file;
    const Resolver resolver = resolver_of(world);
    CHECK_MESSAGE(resolver.shown == row.shown, row.reason);
    const bool directory = std::string(row.file) != row.shown;
    CHECK(resolver.target == (directory ? "/run/devbox/resolv" : "/etc/resolv.conf"));
    CHECK(resolver.link == (directory ? "/run/devbox/resolv/" + path::filename(row.file) : ""));
  }
}

TEST_CASE("the resolver's file alone is shown where the directory has no place") {
  World world;
  world.host.kernel = {5, 10};
  CHECK(resolver_of(world).target == "/etc/resolv.conf");
  World mounted;
  profile::Mount run;
  run.type = profile::MountType::tmpfs;
  run.target = "/run";
  mounted.profile.mounts = {run};
  CHECK(resolver_of(mounted).target == "/etc/resolv.conf");
  CHECK(mounted.plan().notes.empty());
}

TEST_CASE("nothing of the resolver is shown without a network, or in place of the profile's own") {
  World world;
  world.request.network = profile::NetworkMode::none;
  CHECK(resolver_of(world).shown.empty());
  World own;
  own.has("/my", host::NodeKind::file);
  own.request.binds = {{"/my", "/etc/resolv.conf", profile::Access::read_only}};
  CHECK(own.mistake() == "");
  CHECK(resolver_of(own).shown.empty());
  World etc;
  etc.has("/my");
  etc.request.binds = {{"/my", "/etc", profile::Access::read_only}};
  etc.host.resolv_conf = "/etc/resolv.conf";
  CHECK(etc.mistake() == "");
  CHECK(resolver_of(etc).shown.empty());
  World none;
  none.host.resolv_conf = "";
  REQUIRE(none.plan().notes.size() == 1);
  CHECK(none.plan().notes[0].text == "/etc/resolv.conf is empty inside: the host has none");
}

}  // namespace devbox::plan
