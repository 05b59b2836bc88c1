// [integrations] as parts of a plan: sockets, devices, files and variables, and what each lets in.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "plan/plan.hpp"
#include "plan/request.hpp"
#include "plan/resolve.hpp"

namespace devbox::plan {

struct Reached {
  struct Placed {
    Mount mount;
    profile::Position at;
  };
  std::vector<Placed> mounts;
  std::vector<Made> generated;  // names of the tree
  // For programs: the profile's own `env.set` and the command line go before them.
  std::vector<std::pair<std::string, std::string>> env;
  std::vector<Hole> holes;
  std::vector<CacheFile> cache;
};

// What must be known of the host for the integrations that the profile wants.
void ask_for_integrations(Questions& asked, const Resolved& resolved,
                          const profile::Profile& profile, const host::Host& host);

// The zone that the tree should hold: Survey::zone. Empty where nobody asks.
std::string zone_to_look_for(const profile::Profile& profile, const Resolved& resolved,
                             const host::Host& host, const host::Reach& reach);

// Every `true` that the host cannot meet is a mistake. `plan` has its ids, network and root mode.
Reached integrate(const profile::Profile& profile, const Resolved& resolved, const host::Host& host,
                  const Facts& facts, const Plan& plan, Mistakes& mistakes);

}  // namespace devbox::plan
