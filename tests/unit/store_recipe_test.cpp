#include "store/recipe.hpp"

#include <doctest/doctest.h>

#include <string>

namespace {

using namespace devbox;
using store::Remembered;

const std::string kDigest(64, 'a');

Remembered hello() {
  return {.recipe = {.suite = "bookworm",
                     .packages = {"hello"},
                     .architecture = "amd64",
                     .epoch = 1764154800,
                     .locked = {{"hello", "2.10-3", "amd64", kDigest}}},
          .one_id = true};
}

TEST_CASE("a recipe that is remembered is the one that was made") {
  const auto again = store::parse_remembered(store::remembered_json(hello()));
  REQUIRE(again);
  CHECK(again->recipe.suite == "bookworm");
  CHECK(again->recipe.packages == std::vector<std::string>{"hello"});
  CHECK(again->recipe.architecture == "amd64");
  CHECK(again->recipe.epoch == 1764154800);
  REQUIRE(again->recipe.locked.size() == 1);
  CHECK(again->recipe.locked[0].name == "hello");
  CHECK(again->recipe.locked[0].version == "2.10-3");
  CHECK(again->recipe.locked[0].architecture == "amd64");
  CHECK(again->recipe.locked[0].sha256 == kDigest);
  CHECK(again->one_id);
}

TEST_CASE("what an older devbox remembered, or somebody else wrote, is no recipe") {
  CHECK_FALSE(store::parse_remembered(Json::array()));
  CHECK_FALSE(store::parse_remembered("bookworm"));
  const Json whole = store::remembered_json(hello());
  for (const auto& item : whole.items()) {
    const std::string& key = item.key();
    CAPTURE(key);
    Json lacks = whole;
    lacks.erase(key);
    CHECK_FALSE(store::parse_remembered(lacks));
    Json wrong = whole;
    wrong[key] = Json::object();
    CHECK_FALSE(store::parse_remembered(wrong));
  }
}

TEST_CASE("packages without exact versions cannot be made again") {
  Json none = store::remembered_json(hello());
  none["locked"] = Json::array();
  CHECK_FALSE(store::parse_remembered(none));
  Json no_digest = store::remembered_json(hello());
  no_digest["locked"][0]["sha256"] = "abc";
  CHECK_FALSE(store::parse_remembered(no_digest));
  Json no_version = store::remembered_json(hello());
  no_version["locked"][0].erase("version");
  CHECK_FALSE(store::parse_remembered(no_version));
}

TEST_CASE("devbox-image is told who makes it, beside what is made") {
  const Json json = store::recipe_json(
      hello().recipe,
      {.maps = {{{0, 1000, 1}}, {{0, 100, 1}}}, .user = "me", .home = "/home/me", .log = "/log"});
  CHECK(json.at("suite") == "bookworm");
  CHECK(json.at("uids") == Json::parse("[[0, 1000, 1]]"));
  CHECK(json.at("gids") == Json::parse("[[0, 100, 1]]"));
  CHECK(json.at("user") == "me");
  CHECK(json.at("home") == "/home/me");
  CHECK(json.at("log") == "/log");
  CHECK(json.at("locked").size() == 1);
}

}  // namespace
