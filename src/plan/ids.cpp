#include <fmt/format.h>

#include <algorithm>

#include "host/id_helper.hpp"
#include "plan/parts.hpp"

namespace devbox::plan {
namespace {

using profile::IdMap;

std::vector<IdMapLine> one(std::uint32_t inside, std::uint32_t outside) {
  return {{inside, outside, 1}};
}

// The user keeps the same id in and out; every other id from 0 upwards comes from the ranges, in
// order.
std::vector<IdMapLine> keep_id(std::uint32_t own, const std::vector<host::IdRange>& ranges) {
  std::vector<IdMapLine> lines;
  std::uint32_t inside = 0;
  for (const host::IdRange& range : ranges) {
    std::uint32_t outside = range.start;
    std::uint32_t left = range.count;
    if (inside < own) {
      const std::uint32_t count = std::min(left, own - inside);
      lines.push_back({inside, outside, count});
      inside += count;
      outside += count;
      left -= count;
    }
    if (inside == own) ++inside;
    if (left > 0) {
      lines.push_back({inside, outside, left});
      inside += left;
    }
  }
  lines.push_back({own, own, 1});
  std::sort(lines.begin(), lines.end(),
            [](const IdMapLine& a, const IdMapLine& b) { return a.inside < b.inside; });
  return lines;
}

bool is_subordinate(std::uint32_t id, const std::vector<host::IdRange>& ranges) {
  return std::any_of(ranges.begin(), ranges.end(), [id](const host::IdRange& range) {
    return id >= range.start && id - range.start < range.count;
  });
}

IdChoice single(const host::Host& host, bool root, std::string why) {
  IdChoice choice;
  choice.ids.uid = root ? 0 : host.uid;
  choice.ids.gid = root ? 0 : host.gid;
  choice.ids.uids = one(choice.ids.uid, host.uid);
  choice.ids.gids = one(choice.ids.gid, host.gid);
  choice.why = std::move(why);
  return choice;
}

IdChoice ranges(const host::Host& host, const host::SubordinateIds& subordinate, std::string why,
                Mistakes& mistakes) {
  constexpr std::size_t kMostLines =
      340;  // user_namespaces(7), "Defining user and group ID mappings"
  const host::Refusal none = host::why_no_ranges(subordinate, host.user);
  if (!none.cause.empty()) {
    mistakes.add({}, fmt::format("`ids.map`: {}; {}", none.cause, none.fix));
    return {};
  }
  IdChoice choice;
  choice.ids.uid = host.uid;
  choice.ids.gid = host.gid;
  choice.ids.uids = keep_id(host.uid, subordinate.uids);
  choice.ids.gids = keep_id(host.gid, subordinate.gids);
  choice.ids.by_helpers = true;
  choice.why = std::move(why);
  if (choice.ids.uids.size() > kMostLines || choice.ids.gids.size() > kMostLines) {
    mistakes.add(
        {},
        fmt::format(
            "`ids.map`: {} has more than {} subordinate ranges, which is all that one map holds",
            host.user, kMostLines - 2));
  }
  return choice;
}

}  // namespace

bool needs_subordinate_ids(const Resolved& resolved, const host::Host& host, const Facts& facts) {
  if (resolved.map == IdMap::subids) return true;
  // A tree that was unpacked with ranges belongs to one of them.
  const std::uint32_t owner = facts.rootfs.owner;
  return resolved.map == IdMap::automatic && !resolved.host_image && owner != host.uid &&
         owner != 0;
}

IdChoice choose_ids(const Resolved& resolved, const host::Host& host, const Facts& facts,
                    Mistakes& mistakes) {
  const host::SubordinateIds subordinate = facts.subordinate.value_or(host::SubordinateIds{});
  switch (resolved.map) {
    case IdMap::self:
      return single(host, false, "asked for: one id, the same inside");
    case IdMap::root:
      return single(host, true, "asked for: one id, root inside");
    case IdMap::subids:
      return ranges(host, subordinate,
                    "asked for: subordinate ranges, the user's own id the same inside", mistakes);
    case IdMap::automatic:
      break;
  }
  if (facts.subordinate && is_subordinate(facts.rootfs.owner, subordinate.uids)) {
    return ranges(host, subordinate, "automatic: the tree carries subordinate ids", mistakes);
  }
  return single(host, false, "automatic: one id is enough for this image");
}

}  // namespace devbox::plan
