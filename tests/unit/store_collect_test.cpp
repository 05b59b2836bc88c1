#include "store/collect.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace devbox::store {
namespace {

constexpr std::int64_t kDay = 24 * 60 * 60;
constexpr std::int64_t kNow = 1'800'000'000;

StoredTree tree(std::int64_t days_ago, bool in_use = false) {
  return {.tree = std::string(64, 'a'),
          .sources = {{"tar-1", std::string(64, 'a'), Json::object()}},
          .last_use = kNow - days_ago * kDay,
          .in_use = in_use};
}

// Each tree has 10 of its own, and all but the first share 100.
Usage usage_of(std::size_t count) {
  Usage usage;
  Part shared{.trees = {}, .bytes = 100};
  for (std::size_t i = 0; i < count; ++i) {
    usage.parts.push_back({.trees = {i}, .bytes = 10});
    if (i > 0) shared.trees.push_back(i);
  }
  usage.parts.push_back(shared);
  return usage;
}

std::vector<Fate> fates(const std::vector<StoredTree>& trees, const Limits& limits) {
  return decide(trees, usage_of(trees.size()), limits, kNow);
}

using enum Fate;
using Fates = std::vector<Fate>;

TEST_CASE("without a limit only what nothing leads to goes") {
  std::vector<StoredTree> trees = {tree(1000), tree(0), tree(0)};
  trees[1].sources.clear();
  CHECK(fates(trees, {}) == Fates{stays, abandoned, stays});
  trees[1].in_use = true;
  CHECK(fates(trees, {}) == Fates{stays, in_use, stays});
}

TEST_CASE("what was not used for so many days goes, and not a day before") {
  const std::vector<StoredTree> trees = {tree(6), tree(7), tree(8), tree(8, true)};
  CHECK(fates(trees, {.keep_days = 7}) == Fates{stays, old, old, in_use});
  CHECK(fates(trees, {.keep_days = 0}) == Fates{old, old, old, in_use});
  CHECK(fates(trees, {.keep_days = 9}) == Fates{stays, stays, stays, stays});
}

TEST_CASE("what was used in the future, by a clock that was wrong, stays") {
  CHECK(fates({tree(-1)}, {.keep_days = 0}) == Fates{stays});
}

TEST_CASE("the one that was used longest ago goes first, until the rest fits") {
  const std::vector<StoredTree> trees = {tree(1), tree(3), tree(2)};
  CHECK(usage_of(3).total() == 130);
  CHECK(fates(trees, {.max_bytes = 130}) == Fates{stays, stays, stays});
  CHECK(fates(trees, {.max_bytes = 129}) == Fates{stays, over_limit, stays});
  CHECK(fates(trees, {.max_bytes = 120}) == Fates{stays, over_limit, stays});
}

TEST_CASE("what is shared is freed by the last that has it") {
  const std::vector<StoredTree> trees = {tree(1), tree(3), tree(2)};
  CHECK(fates(trees, {.max_bytes = 119}) == Fates{stays, over_limit, over_limit});
  CHECK(fates(trees, {.max_bytes = 10}) == Fates{stays, over_limit, over_limit});
  CHECK(fates(trees, {.max_bytes = 9}) == Fates{over_limit, over_limit, over_limit});
}

TEST_CASE("what is in use stays, however large the store is, and counts") {
  const std::vector<StoredTree> trees = {tree(1), tree(3, true), tree(2)};
  CHECK(fates(trees, {.max_bytes = 0}) == Fates{over_limit, in_use, over_limit});
  CHECK(fates(trees, {.max_bytes = 110}) == Fates{over_limit, in_use, over_limit});
}

TEST_CASE("what is old goes before the size is looked at") {
  const std::vector<StoredTree> trees = {tree(1), tree(9), tree(2)};
  CHECK(fates(trees, {.keep_days = 8, .max_bytes = 120}) == Fates{stays, old, stays});
}

TEST_CASE("own, shared and all") {
  const Usage usage = usage_of(3);
  CHECK(usage.own(0) == 10);
  CHECK(usage.shared(0) == 0);
  CHECK(usage.own(1) == 10);
  CHECK(usage.shared(1) == 100);
  CHECK(usage.left({false, true, false}) == 110);
  CHECK(usage.left({true, false, false}) == 10);
  CHECK(usage.left({false, false, false}) == 0);
}

TEST_CASE("what `devbox box commit` made stays, as nobody can make it again") {
  std::vector<StoredTree> trees = {tree(8), tree(8)};
  trees[0].sources[0].key = "commit-" + std::string(64, 'a');
  CHECK(fates(trees, {.keep_days = 7}) == Fates{only_one, old});
  CHECK(fates(trees, {.max_bytes = 0}) == Fates{only_one, over_limit});
  trees[0].sources.push_back(trees[1].sources[0]);
  CHECK(fates(trees, {.keep_days = 7}) == Fates{old, old});
  trees[0].sources.clear();
  CHECK(fates(trees, {}) == Fates{abandoned, stays});
}

}  // namespace
}  // namespace devbox::store
