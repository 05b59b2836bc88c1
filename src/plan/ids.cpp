#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "host/id_helper.hpp"
#include "host/id_maps.hpp"
#include "plan/parts.hpp"
#include "util/text.hpp"

namespace devbox::plan {
namespace {

using profile::IdMap;

std::vector<IdMapLine> one(std::uint32_t inside, std::uint32_t outside) {
  return {{inside, outside, 1}};
}

bool is_subordinate(std::uint32_t id, const std::vector<host::IdRange>& ranges) {
  return std::any_of(ranges.begin(), ranges.end(), [id](const host::IdRange& range) {
    return id >= range.start && id - range.start < range.count;
  });
}

// A tree of the store with owners, which were others' when it was unpacked.
bool is_strange(const Resolved& resolved, const host::Host& host, const Facts& facts,
                const host::SubordinateIds& subordinate) {
  const bool stored = profile::is_stored(resolved.kind);
  const std::uint32_t owner = facts.rootfs.owner;
  return stored && owner != host.uid && !is_subordinate(owner, subordinate.uids);
}

std::string image_file(const Facts& facts, const std::string& path) {
  const auto found = facts.rootfs.files.find(path);
  return found == facts.rootfs.files.end() ? std::string() : found->second.value_or("");
}

IdChoice single(const host::Host& host, InsideUser inside, std::string why) {
  IdChoice choice;
  choice.ids.uid = inside.uid;
  choice.ids.gid = inside.gid;
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
  host::IdMaps maps = host::with_own_ids_kept(host, subordinate);
  choice.ids.uids = std::move(maps.uids);
  choice.ids.gids = std::move(maps.gids);
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
                    const Request& request, Mistakes& mistakes) {
  const host::SubordinateIds subordinate = facts.subordinate.value_or(host::SubordinateIds{});
  switch (resolved.map) {
    case IdMap::self:
      if (request.inside)
        return single(host, *request.inside, "of a build: one id, the same anywhere");
      return single(host, {host.uid, host.gid}, "asked for: one id, the same inside");
    case IdMap::root:
      return single(host, {0, 0}, "asked for: one id, root inside");
    case IdMap::subids:
      if (!subordinate.uids.empty() && is_strange(resolved, host, facts, subordinate)) {
        mistakes.add({}, fmt::format("`ids.map`: {} belongs to uid {}, which is none of {}'s "
                                     "subordinate ids any more; `devbox image rm` it, and `devbox "
                                     "pull` it again",
                                     printable(facts.rootfs.directory), facts.rootfs.owner,
                                     printable(host.user)));
      }
      return ranges(host, subordinate,
                    "asked for: subordinate ranges, the user's own id the same inside", mistakes);
    case IdMap::automatic:
      break;
  }
  if (facts.subordinate && is_subordinate(facts.rootfs.owner, subordinate.uids)) {
    return ranges(host, subordinate, "automatic: the tree carries subordinate ids", mistakes);
  }
  const std::string& user = resolved.config.user;
  if (!user.empty()) {
    const std::optional<InsideUser> inside =
        image_user(user, image_file(facts, "/etc/passwd"), image_file(facts, "/etc/group"));
    if (inside) {
      return single(host, *inside,
                    fmt::format("automatic: one id, the image's USER {}", printable(user)));
    }
    mistakes.add(resolved.root_at,
                 fmt::format("the image's USER is {}, whom its /etc/passwd and /etc/group do not "
                             "know; `ids.map = \"self\"` leaves it out",
                             printable(user)));
  }
  return single(host, {host.uid, host.gid}, "automatic: one id is enough for this image");
}

}  // namespace devbox::plan
