#include "plan/needs.hpp"

#include <doctest/doctest.h>

#include "plan_testing.hpp"

namespace devbox::plan {

using host::Feature;

TEST_CASE("a box needs of the host what its plan makes use of") {
  World world;
  world.profile.home.mode = profile::HomeMode::ephemeral;
  CHECK(needs(world.plan()).contains(Feature::box));
  CHECK(needs(world.plan()).contains(Feature::filter));
  CHECK_FALSE(needs(world.plan()).contains(Feature::no_network));
  CHECK_FALSE(needs(world.plan()).contains(Feature::subordinate_ids));

  world.profile.network = profile::NetworkMode::none;
  CHECK(needs(world.plan()).contains(Feature::no_network));
  world.profile.security.seccomp = profile::Seccomp::off;
  CHECK_FALSE(needs(world.plan()).contains(Feature::filter));
  world.profile.map = profile::IdMap::subids;
  world.subordinate = host::SubordinateIds{{{100000, 65536}}, {{100000, 65536}}, {}};
  CHECK(needs(world.plan()).contains(Feature::subordinate_ids));
}

TEST_CASE("a private home needs the state directory, and a tree without names an overlay") {
  World world;
  CHECK(needs(world.plan()).contains(Feature::private_home));
  CHECK(needs(world.plan()).contains(Feature::overlay) ==
        !mounts_of<Overlay>(world.plan()).empty());
  world.host.kernel = {5, 10};
  CHECK_FALSE(needs(world.plan()).contains(Feature::overlay));
}

}  // namespace devbox::plan
