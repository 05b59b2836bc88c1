#include "plan/protect.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <string_view>
#include <utility>

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

// Every directory between a bind and what is covered in it is bound onto itself: a name that is a
// mount point cannot be renamed, and renaming one of them would take the cover along and free the
// name.
class Held {
 public:
  explicit Held(const std::vector<Mount>& mounts) {
    for (const Mount& mount : mounts) {
      if (const std::string* target = target_of(mount)) by_target_[*target] = &mount;
    }
  }

  // The mount that `target` lies on; of several on one target the last. Null for the root.
  const Mount* below(const std::string& target) const {
    for (std::string_view at = target; at.size() > 1;) {
      at = path::above(at);
      const auto found = by_target_.find(at);
      if (found != by_target_.end()) return found->second;
    }
    return nullptr;
  }

  // `source` is the bind's, every link followed.
  void hold(const Bind& bind, const std::string& source, const std::string& covered) {
    if (bind.access == Access::discarded) return;
    for (std::string_view at = path::above(covered); at != bind.target && at.size() > 1;
         at = path::above(at)) {
      if (by_target_.contains(at) || held_.contains(at)) continue;
      const std::string target(at);
      held_.emplace(target, Bind{.source = path::normal(source + target.substr(bind.target.size())),
                                 .target = target,
                                 .access = bind.access,
                                 .why = kHeld});
    }
  }

  // Something else will be mounted there.
  void cover(const std::string& target) { by_target_.try_emplace(target, nullptr); }

  // Each before the first mount on or below it, the outer ones first.
  std::vector<Mount> among(std::vector<Mount> mounts) && {
    if (held_.empty()) return mounts;
    std::vector<Mount> all;
    all.reserve(mounts.size() + held_.size());
    for (Mount& mount : mounts) {
      const std::string* target = target_of(mount);
      const bool rebuilt =
          std::holds_alternative<Mirror>(mount) || std::holds_alternative<Overlay>(mount);
      if (target != nullptr && !rebuilt) put_above(*target, all);
      all.push_back(std::move(mount));
    }
    return all;
  }

 private:
  void put_above(std::string_view target, std::vector<Mount>& all) {
    if (const std::string_view parent = path::above(target); parent.size() > 1)
      put_above(parent, all);
    const auto found = held_.find(target);
    if (found == held_.end()) return;
    all.emplace_back(std::move(found->second));
    held_.erase(found);
  }

  std::map<std::string, const Mount*, std::less<>> by_target_;
  std::map<std::string, Bind, std::less<>> held_;
};

// `mount` where it is a writable bind of the host, else null.
const Bind* writable_bind(const Mount& mount) {
  const auto* bind = std::get_if<Bind>(&mount);
  const bool writable = bind != nullptr && bind->access == Access::read_write;
  const bool is_ours = bind != nullptr && (bind->why == kPrivateHome || bind->why == kVolume);
  return writable && !is_ours ? bind : nullptr;
}

// The same, or where what is written is thrown away. There nothing has to be held in place: an
// overlay does not rename directories that lie below it (overlayfs.rst, "Renaming directories").
const Bind* written_bind(const Mount& mount) {
  const auto* bind = std::get_if<Bind>(&mount);
  return bind != nullptr && bind->access == Access::discarded ? bind : writable_bind(mount);
}

// The mount that lies between `bind` and `place` in it, and hides it there: the one nearest to the
// bind. Null where the bind's own directory is seen.
const std::string* hidden_by(const Plan& plan, const Bind& bind, const std::string& place) {
  const std::string* nearest = nullptr;
  for (const Mount& mount : plan.mounts) {
    const std::string* target = target_of(mount);
    const auto* other = std::get_if<Bind>(&mount);
    const bool hides =
        target != nullptr && *target != bind.target && path::is_within(*target, bind.target) &&
        path::is_within(place, *target) && !std::holds_alternative<Mirror>(mount) &&
        !std::holds_alternative<Overlay>(mount) && !std::holds_alternative<Make>(mount) &&
        !(other != nullptr && other->why == kHeld);
    if (hides && (nearest == nullptr || target->size() < nearest->size())) nearest = target;
  }
  return nearest;
}

struct Covered {
  Bind bind;
  std::string source;  // of the bind, every link followed
  std::string real;    // what is to be covered, on the host
};

std::vector<Covered> find_covered(const Plan& plan, const host::Host& host, const Facts& facts,
                                  Mistakes& mistakes) {
  std::vector<std::pair<const Bind*, std::string>> writable;  // and its source, every link followed
  for (const Mount& mount : plan.mounts) {
    const Bind* bind = written_bind(mount);
    // Below what somebody keeps for a build lies a copy that devbox has made for it.
    if (bind != nullptr && bind->access == Access::discarded && !plan.workspace_upper.empty())
      continue;
    if (bind != nullptr && !bind->device)
      writable.emplace_back(bind, real_path(bind->source, facts));
  }
  std::vector<Covered> found;
  for (const std::string& directory : protected_directories(host)) {
    const std::string real = real_path(directory, facts);
    for (const auto& [bind, source] : writable) {
      if (path::is_within(source, real)) {
        mistakes.add(
            {},
            fmt::format("{}: {} is inside {}, which is devbox's own and never writable in a box",
                        printable(bind->why), printable(bind->source), printable(directory)));
      } else if (path::is_within(real, source)) {
        found.push_back({*bind, source, real});
      }
    }
  }
  return found;
}

}  // namespace

void hold_covers(Plan& plan) {
  Held held(plan.mounts);
  for (const Mount& cover : plan.mounts) {
    const auto* bound = std::get_if<Bind>(&cover);
    const bool matters = std::holds_alternative<Mask>(cover) ||
                         std::holds_alternative<CoverFile>(cover) ||
                         (bound != nullptr && bound->access == Access::read_only);
    const Mount* below = matters ? held.below(*target_of(cover)) : nullptr;
    const Bind* bind = below != nullptr ? writable_bind(*below) : nullptr;
    if (bind != nullptr) held.hold(*bind, bind->source, *target_of(cover));
  }
  plan.mounts = std::move(held).among(std::move(plan.mounts));
}

void protect(Plan& plan, const host::Host& host, const Facts& facts, Mistakes& mistakes) {
  const std::vector<Covered> found = find_covered(plan, host, facts, mistakes);
  if (found.empty()) return;
  Held held(plan.mounts);
  std::vector<Mount> masks;
  for (const auto& [bind, source, real] : found) {
    const std::string below = source == "/" ? real : real.substr(source.size());
    Mask mask{.target = path::normal(bind.target + below),
              .kind = FileKind::directory,
              .why = fmt::format("devbox's own, in {}", bind.why)};
    // What hides it is a mount point, and stays where it is with the directories on the way to it.
    if (const std::string* hiding = hidden_by(plan, bind, mask.target)) {
      held.hold(bind, source, *hiding);
      continue;
    }
    held.hold(bind, source, mask.target);
    held.cover(mask.target);
    plan.make_directories.push_back(real);
    masks.emplace_back(std::move(mask));
  }
  std::move(masks.begin(), masks.end(), std::back_inserter(plan.mounts));
  plan.mounts = std::move(held).among(std::move(plan.mounts));
}

}  // namespace devbox::plan
