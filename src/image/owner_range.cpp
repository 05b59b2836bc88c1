#include "image/owner_range.hpp"

#include <fmt/format.h>

#include <optional>
#include <vector>

#include "host/id_maps.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace devbox::image {
namespace {

// The ids from 0 up to `id`, but the user's own, which needs no range.
void require_mapped(const std::string& name, const char* kind, std::uint64_t id,
                    const std::vector<host::IdMapLine>& map, const std::string& user) {
  if (host::outside_of(map, id)) return;
  throw Error(
      fmt::format("the archive's member {} belongs to {} {}, which {}'s subordinate ids do not "
                  "reach",
                  printable(name), kind, id, printable(user)),
      fmt::format("a range of at least {} {}s in /etc/sub{} does; without `map = \"subids\"` every "
                  "file is the user's, and needs none",
                  id, kind, kind));
}

}  // namespace

void require_mapped(const std::string& name, const Entry& entry, const host::Owners& owners) {
  require_mapped(name, "uid", entry.uid, owners.maps.uids, owners.user);
  require_mapped(name, "gid", entry.gid, owners.maps.gids, owners.user);
}

}  // namespace devbox::image
