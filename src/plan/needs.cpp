#include "plan/needs.hpp"

#include <algorithm>

namespace devbox::plan {

using host::Feature;

std::set<Feature> needs(const Plan& plan) {
  std::set<Feature> found = {Feature::box, Feature::terminal, Feature::locale};
  if (plan.seccomp != Seccomp::off) found.insert(Feature::filter);
  if (plan.network == Network::none) found.insert(Feature::no_network);
  if (plan.ids.by_helpers) found.insert({Feature::subordinate_ids});
  if (!plan.make_directories.empty()) found.insert(Feature::private_home);
  const bool overlays = std::any_of(plan.mounts.begin(), plan.mounts.end(), [](const Mount& mount) {
    return std::holds_alternative<Overlay>(mount);
  });
  if (overlays) found.insert(Feature::overlay);
  if (!plan.kept.empty() || !plan.scratch.empty()) found.insert(Feature::writable);
  if (plan.limits.required && plan.limits.group.from != GroupFrom::none)
    found.insert(Feature::limits);
  return found;
}

}  // namespace devbox::plan
