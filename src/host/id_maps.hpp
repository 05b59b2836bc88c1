// The id maps of a user namespace (user_namespaces(7), "Defining user and group ID mappings"), and
// newuidmap(1) and newgidmap(1), the setuid programs that write those of more than one id.
#pragma once

#include <sys/types.h>

#include <cstdint>
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

// The user as root, and from 1 upwards every id of the ranges, in order: all that one user may map.
IdMaps with_user_as_root(const Host& host, const SubordinateIds& ranges);

// Has both helpers write the maps of the process. Throws Error with what the program said, and what
// to do.
void map_with_helpers(pid_t pid, const IdMaps& maps, const std::string& user);

}  // namespace devbox::host
