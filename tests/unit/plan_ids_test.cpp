#include <doctest/doctest.h>

#include "plan_testing.hpp"

namespace devbox::plan {
namespace {

using Lines = std::vector<std::vector<std::uint32_t>>;

Lines lines(const std::vector<IdMapLine>& map) {
  Lines all;
  for (const IdMapLine& line : map) all.push_back({line.inside, line.outside, line.count});
  return all;
}

}  // namespace

TEST_CASE("one id is enough where nothing says otherwise, and it is the same inside") {
  const Plan plan = World{}.plan();
  CHECK(lines(plan.ids.uids) == Lines{{1000, 1000, 1}});
  CHECK_FALSE(plan.ids.by_helpers);
  CHECK(plan.ids_why == "automatic: one id is enough for this image");
}

TEST_CASE("map root makes the user root inside, as one id") {
  World world;
  world.request.map = profile::IdMap::root;
  const Plan plan = world.plan();
  CHECK(lines(plan.ids.uids) == Lines{{0, 1000, 1}});
  CHECK(lines(plan.ids.gids) == Lines{{0, 1000, 1}});
  CHECK(plan.ids.uid == 0);
}

TEST_CASE("subordinate ranges leave the user the same id in and out") {
  World world;
  world.request.map = profile::IdMap::subids;
  world.subordinate = host::SubordinateIds{{{100000, 65536}}, {{200000, 65536}}};
  const Plan plan = world.plan();
  CHECK(lines(plan.ids.uids) == Lines{{0, 100000, 1000}, {1000, 1000, 1}, {1001, 101000, 64536}});
  CHECK(lines(plan.ids.gids) == Lines{{0, 200000, 1000}, {1000, 1000, 1}, {1001, 201000, 64536}});
  CHECK(plan.ids.by_helpers);
}

TEST_CASE("small ranges are joined one after the other around the user's own id") {
  World world;
  world.host.uid = 5;
  world.request.map = profile::IdMap::subids;
  world.subordinate = host::SubordinateIds{{{100, 3}, {200, 4}}, {{100, 1}}};
  const Plan plan = world.plan();
  CHECK(lines(plan.ids.uids) == Lines{{0, 100, 3}, {3, 200, 2}, {5, 5, 1}, {6, 202, 2}});
}

TEST_CASE("a tree of the store that belongs to ranges that the user has no more is refused") {
  World world;
  world.profile.image.source = profile::Source{profile::SourceKind::tar, "/x.tar"};
  world.request.map = profile::IdMap::subids;
  world.tree_owner = 100000;
  world.subordinate = host::SubordinateIds{{{200000, 65536}}, {{200000, 65536}}, {}};
  CHECK(world.mistake().find("belongs to uid 100000, which is none of ann's subordinate ids any "
                             "more; `devbox image rm` it, and `devbox pull` it again") !=
        std::string::npos);
  world.subordinate = host::SubordinateIds{{{100000, 65536}}, {{100000, 65536}}, {}};
  CHECK(world.mistake().empty());
}

TEST_CASE("a tree that carries subordinate owners gets the ranges by itself") {
  World world;
  world.tree_owner = 100000;
  world.subordinate = host::SubordinateIds{{{100000, 65536}}, {{100000, 65536}}, {}};
  const Plan plan = world.plan();
  CHECK(plan.ids.by_helpers);
  CHECK(plan.ids_why == "automatic: the tree carries subordinate ids");
}

TEST_CASE("subids without a range is a mistake that says how to get one") {
  World world;
  world.request.map = profile::IdMap::subids;
  world.subordinate = host::SubordinateIds{
      {}, {}, "sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 ann"};
  CHECK(world.mistake() ==
        "`ids.map`: ann has no subordinate uids and gids (/etc/subuid, /etc/subgid); `sudo usermod "
        "--add-subuids 100000-165535 "
        "--add-subgids 100000-165535 ann` adds them");
}

}  // namespace devbox::plan
