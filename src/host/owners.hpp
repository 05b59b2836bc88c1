// Whose ids the files of a tree have, and how one program tells another.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/id_maps.hpp"
#include "util/json.hpp"

namespace devbox::host {

struct Owners {
  IdMaps maps;       // an archive's ids to those on disk
  std::string user;  // whose subordinate ids they are
};

// [[INSIDE, OUTSIDE, COUNT], …]
Json map_json(const std::vector<IdMapLine>& map);
std::optional<std::vector<IdMapLine>> parse_map(const Json& json);

// On one line, for an argument.
std::string owners_text(const Owners& owners);

// Throws Error where it is of another form.
Owners parse_owners(std::string_view text);

}  // namespace devbox::host
