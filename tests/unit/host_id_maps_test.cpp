#include "host/id_maps.hpp"

#include <doctest/doctest.h>

#include <limits>

#include "host/owners.hpp"
#include "util/error.hpp"

namespace devbox::host {
namespace {

using Lines = std::vector<std::vector<std::uint32_t>>;

Lines lines(const std::vector<IdMapLine>& map) {
  Lines all;
  for (const IdMapLine& line : map) all.push_back({line.inside, line.outside, line.count});
  return all;
}

IdMaps kept(std::uint32_t own, const std::vector<IdRange>& ranges) {
  Host host;
  host.uid = own;
  host.gid = own;
  return with_own_ids_kept(host, {ranges, ranges, {}});
}

TEST_CASE("the user keeps an id, and every other comes from the ranges without a gap") {
  CHECK(lines(kept(1000, {{100000, 65536}}).uids) ==
        Lines{{0, 100000, 1000}, {1000, 1000, 1}, {1001, 101000, 64536}});
  CHECK(lines(kept(5, {{100, 3}, {200, 4}}).gids) ==
        Lines{{0, 100, 3}, {3, 200, 2}, {5, 5, 1}, {6, 202, 2}});
  CHECK(lines(kept(0, {{100, 2}}).uids) == Lines{{0, 0, 1}, {1, 100, 2}});
  // Ranges that end below the user's own id, and just below it.
  CHECK(lines(kept(1000, {{100, 3}}).uids) == Lines{{0, 100, 3}, {1000, 1000, 1}});
  CHECK(lines(kept(3, {{100, 3}, {200, 1}}).uids) == Lines{{0, 100, 3}, {3, 3, 1}, {4, 200, 1}});
}

TEST_CASE("an id inside is one outside, or none") {
  const std::vector<IdMapLine> map = kept(1000, {{100000, 65536}}).uids;
  CHECK(outside_of(map, 0) == 100000);
  CHECK(outside_of(map, 999) == 100999);
  CHECK(outside_of(map, 1000) == 1000);
  CHECK(outside_of(map, 1001) == 101000);
  CHECK(outside_of(map, 65536) == 165535);
  CHECK_FALSE(outside_of(map, 65537));
  // Beyond what an id can be, whose low bits would be one.
  CHECK_FALSE(outside_of(map, std::uint64_t{1} << 32U));
  CHECK_FALSE(outside_of(map, std::numeric_limits<std::uint64_t>::max()));
  CHECK_FALSE(outside_of({}, 0));
}

TEST_CASE("what one program says of owners the other reads") {
  const Owners said{kept(5, {{100, 3}, {200, 4}}), "ann"};
  const Owners read = parse_owners(owners_text(said));
  CHECK(lines(read.maps.uids) == lines(said.maps.uids));
  CHECK(lines(read.maps.gids) == lines(said.maps.gids));
  CHECK(read.user == "ann");
}

TEST_CASE("owners of another form are refused") {
  for (const char* text :
       {"", "[]", "{}", R"({"uids":[],"user":"x"})", R"({"uids":[[0,1]],"gids":[]})",
        R"({"uids":[[0,1,-1]],"gids":[]})", R"({"uids":[[0,1,4294967296]],"gids":[]})",
        R"({"uids":{"0":[0,1,2]},"gids":[]})", R"({"uids":[[0,1,"2"]],"gids":[]})"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(parse_owners(text), Error);
  }
}

}  // namespace
}  // namespace devbox::host
