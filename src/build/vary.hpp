// What `devbox build --check` varies: what a build runs in, and should not depend on.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "plan/hermetic.hpp"

namespace devbox::build {

enum class Variation {
  build_path,
  hostname,
  user,
  home,
  locale,
  timezone,
  umask,
  cpus,
  order,
  aslr,
  time,
  kernel,
  environment,
};

struct VariationName {
  Variation variation;
  std::string_view name;
  std::string_view text;  // what is another, for people: "the path of the project"
};
std::span<const VariationName> variations();
std::string_view name_of(Variation variation);

// Whether the kernel does not change it for a user, and a library does in programs that load it.
bool is_by_library(Variation variation);

// Throws Error of kind usage, which lists the names, for one that is none.
Variation variation_of(std::string_view name);

// What can be varied here.
struct Means {
  std::string preload;     // the library on the host; empty: there is none, or it cannot be loaded
  std::string no_preload;  // why, for people
  std::string locale;      // another than C.UTF-8 that the image has
  std::vector<unsigned> cpus;  // that this process may run on
  bool fixed_path = false;     // the task asks for its build path
  bool one_user = false;       // the profile asks for who the user is inside
};

// Why not, for people; empty where it can.
std::string why_not(Variation variation, const Means& means);

// The surroundings of which all is held still that can be.
plan::Surroundings held_still(plan::Surroundings usual, const Means& means, std::int64_t epoch);

// Those with `wanted`, which why_not() lets through, changed, each build (1, 2, …) otherwise.
plan::Surroundings varied(plan::Surroundings still, const std::set<Variation>& wanted,
                          const Means& means, unsigned build);

// What the library reads, where the build begins at `now`, of CLOCK_REALTIME in nanoseconds.
std::string settings_at(const plan::Surroundings& surroundings, std::int64_t now);

}  // namespace devbox::build
