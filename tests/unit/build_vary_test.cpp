#include "build/vary.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

#include "host_temporary.hpp"

namespace devbox::build {
namespace {

using test::contains;
using test::error_of;

const Means kAll = {.preload = "/lib.so", .no_preload = "", .locale = "POSIX", .cpus = {0, 3}};

// What two surroundings do not have in common, a word each.
std::set<std::string> others(const plan::Surroundings& a, const plan::Surroundings& b) {
  std::set<std::string> names;
  const auto add = [&](const char* name, bool same) {
    if (!same) names.insert(name);
  };
  add("build_path", a.build_path == b.build_path);
  add("hostname", a.hostname == b.hostname);
  add("user", a.user == b.user && a.ids.uid == b.ids.uid && a.ids.gid == b.ids.gid);
  add("home", a.home == b.home);
  add("locale", a.locale == b.locale);
  add("timezone", a.timezone == b.timezone);
  add("umask", a.umask == b.umask);
  add("cpus", a.cpus == b.cpus);
  add("aslr", a.random_addresses == b.random_addresses);
  add("time", a.shown_time == b.shown_time);
  add("settings", a.settings == b.settings);
  add("variables", a.variables == b.variables);
  return names;
}

plan::Surroundings still() { return held_still({.build_path = "/p/app"}, kAll, 1500000000); }

TEST_CASE("each variation changes its own surrounding, and no other") {
  for (const VariationName& one : variations()) {
    std::set<std::string> expected = {std::string(one.name)};
    if (one.variation == Variation::order || one.variation == Variation::kernel)
      expected = {"settings"};
    if (one.variation == Variation::environment) expected = {"variables"};
    if (one.variation == Variation::locale) expected = {"locale", "variables"};
    const std::string name(one.name);
    INFO(name);
    CHECK(others(still(), varied(still(), {one.variation}, kAll, 1)) == expected);
  }
}

TEST_CASE("with nothing varied two builds have the same surroundings") {
  CHECK(others(still(), varied(still(), {}, kAll, 1)).empty());
  CHECK(others(still(), varied(still(), {}, kAll, 2)).empty());
}

TEST_CASE("the time is varied by more than a day, and by no whole number of anything") {
  const auto later = varied(still(), {Variation::time}, kAll, 1).shown_time - still().shown_time;
  CHECK(later > 86400);
  CHECK(later % 86400 != 0);
  CHECK(later % 3600 != 0);
  CHECK(later % 60 != 0);
}

TEST_CASE("the last component of the build path stays") {
  CHECK(varied(still(), {Variation::build_path}, kAll, 2).build_path ==
        "/srv/varied-build-path-2/app");
}

TEST_CASE("what cannot be varied says why, and what can does not") {
  for (const VariationName& one : variations()) CHECK(why_not(one.variation, kAll).empty());
  Means means = kAll;
  means.preload.clear();
  means.no_preload = "no library";
  means.cpus = {0};
  means.fixed_path = means.one_user = true;
  std::set<std::string> not_varied;
  for (const VariationName& one : variations()) {
    if (!why_not(one.variation, means).empty()) not_varied.insert(std::string(one.name));
  }
  CHECK(not_varied ==
        std::set<std::string>{"build_path", "user", "cpus", "order", "time", "kernel"});
  CHECK(why_not(Variation::time, means) == "no library");
}

TEST_CASE("without the library the time is left alone") {
  Means means = kAll;
  means.preload.clear();
  const auto held = held_still({.build_path = "/p"}, means, 5);
  CHECK(held.shown_time == 0);
  CHECK(held.settings.empty());
  CHECK(settings_at(held, 1) == "");
}

TEST_CASE("each name leads to its variation and back, and another is refused with the nearest") {
  for (const VariationName& one : variations()) {
    CHECK(variation_of(one.name) == one.variation);
    CHECK(name_of(one.variation) == one.name);
  }
  const Error error = error_of([] { variation_of("hostnam"); });
  CHECK(error.kind() == Error::Kind::usage);
  CHECK(error.message() == "there is no variation hostnam");
  CHECK(error.hint() == "did you mean hostname?");
  CHECK(contains(error_of([] { variation_of("zzzzzzzzz"); }).hint(), "one of build_path, "));
}

}  // namespace
}  // namespace devbox::build
