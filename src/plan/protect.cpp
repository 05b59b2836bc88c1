#include "plan/protect.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "plan/target.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::plan {

std::vector<std::string> protected_directories(const host::Host& host) {
  return {host.dirs.config, host.dirs.data, host.dirs.state, host.dirs.runtime};
}

std::string real_path(const std::string& path, const Facts& facts) {
  for (std::string at = path; at != "/" && !at.empty(); at = path::parent(at)) {
    const auto fact = facts.paths.find(at);
    if (fact == facts.paths.end() || fact->second.real.empty()) continue;
    return path::normal(fact->second.real + path.substr(at.size()));
  }
  return path;
}

namespace {

bool is_mounted(const std::vector<Mount>& mounts, const std::string& target) {
  return std::any_of(mounts.begin(), mounts.end(), [&](const Mount& mount) {
    const std::string* other = target_of(mount);
    return other != nullptr && *other == target;
  });
}

// Before whatever lies on it; after all that it lies on.
void insert(std::vector<Mount>& mounts, Mount mount) {
  const std::string target = *target_of(mount);
  const auto place = std::find_if(mounts.begin(), mounts.end(), [&](const Mount& other) {
    const std::string* inside = target_of(other);
    const bool rebuilt =
        std::holds_alternative<Mirror>(other) || std::holds_alternative<Overlay>(other);
    return inside != nullptr && !rebuilt && path::is_within(*inside, target);
  });
  mounts.insert(place, std::move(mount));
}

// Every directory between the bind and what is covered in it is bound onto itself: a name that is a
// mount point cannot be renamed, and renaming one of them would take the cover along and free the
// name.
void hold_in_place(Plan& plan, const Bind& bind, const std::string& source,
                   const std::string& covered) {
  for (std::string at = path::parent(covered); at != bind.target && at != "/";
       at = path::parent(at)) {
    if (is_mounted(plan.mounts, at)) continue;
    insert(plan.mounts, Bind{.source = path::normal(source + at.substr(bind.target.size())),
                             .target = at,
                             .access = bind.access,
                             .why = kHeld});
  }
}

// The writable bind of the host that `target` lies on; null where it lies on something else.
const Bind* bind_below(const std::vector<Mount>& mounts, const std::string& target) {
  const Mount* deepest = nullptr;
  for (const Mount& mount : mounts) {
    const std::string* at = target_of(mount);
    if (at == nullptr || *at == target || !path::is_within(target, *at)) continue;
    if (deepest == nullptr || at->size() >= target_of(*deepest)->size()) deepest = &mount;
  }
  const auto* bind = deepest == nullptr ? nullptr : std::get_if<Bind>(deepest);
  const bool writable = bind != nullptr && bind->access == Access::read_write;
  return writable && bind->why != kPrivateHome ? bind : nullptr;
}

struct Covered {
  Bind bind;
  std::string source;  // of the bind, every link followed
  std::string real;    // what is to be covered, on the host
};

std::vector<Covered> find_covered(const Plan& plan, const host::Host& host, const Facts& facts,
                                  Mistakes& mistakes) {
  std::vector<Covered> found;
  for (const std::string& directory : protected_directories(host)) {
    const std::string real = real_path(directory, facts);
    for (const Mount& mount : plan.mounts) {
      const auto* bind = std::get_if<Bind>(&mount);
      if (bind == nullptr || bind->access == Access::read_only || bind->device ||
          bind->why == kPrivateHome) {
        continue;
      }
      std::string source = real_path(bind->source, facts);
      if (path::is_within(source, real)) {
        mistakes.add(
            {},
            fmt::format("{}: {} is inside {}, which is devbox's own and never writable in a box",
                        printable(bind->why), printable(bind->source), printable(directory)));
      } else if (path::is_within(real, source)) {
        found.push_back({*bind, std::move(source), real});
      }
    }
  }
  return found;
}

}  // namespace

void hold_covers(Plan& plan) {
  const std::vector<Mount> mounts = plan.mounts;
  for (const Mount& cover : mounts) {
    const auto* bound = std::get_if<Bind>(&cover);
    const bool matters = std::holds_alternative<Mask>(cover) ||
                         std::holds_alternative<CoverFile>(cover) ||
                         (bound != nullptr && bound->access == Access::read_only);
    const Bind* below = matters ? bind_below(mounts, *target_of(cover)) : nullptr;
    if (below != nullptr) hold_in_place(plan, *below, below->source, *target_of(cover));
  }
}

void protect(Plan& plan, const host::Host& host, const Facts& facts, Mistakes& mistakes) {
  for (const auto& [bind, source, real] : find_covered(plan, host, facts, mistakes)) {
    const std::string below = source == "/" ? real : real.substr(source.size());
    Mask mask{.target = path::normal(bind.target + below),
              .kind = FileKind::directory,
              .why = fmt::format("devbox's own, in {}", bind.why)};
    hold_in_place(plan, bind, source, mask.target);
    plan.make_directories.push_back(real);
    plan.mounts.emplace_back(std::move(mask));
  }
}

}  // namespace devbox::plan
