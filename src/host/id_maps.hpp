// The id maps of a user namespace (user_namespaces(7), "Defining user and group ID mappings"), and
// newuidmap(1) and newgidmap(1), the setuid programs that write those of more than one id.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "host/host.hpp"

namespace devbox::host {

struct IdMapLine {
  std::uint32_t inside = 0;
  std::uint32_t outside = 0;
  std::uint32_t count = 1;
};

struct IdMaps {
  std::vector<IdMapLine> uids;
  std::vector<IdMapLine> gids;
};

// The user keeps the same id in and out; every other id from 0 upwards comes from the ranges, in
// order: what a box with `ids.map = "subids"` has, and whose files its trees are.
IdMaps with_own_ids_kept(const Host& host, const SubordinateIds& ranges);

// What `inside` is outside; std::nullopt where the map does not have it. Pure.
std::optional<std::uint32_t> outside_of(const std::vector<IdMapLine>& map, std::uint64_t inside);

// The user as root, and from 1 upwards every id of the ranges, in order: all that one user may map.
IdMaps with_user_as_root(const Host& host, const SubordinateIds& ranges);

// Has both helpers write the maps of the process. Throws Error with what the program said, and what
// to do.
void map_with_helpers(pid_t pid, const IdMaps& maps, const std::string& user);

}  // namespace devbox::host
