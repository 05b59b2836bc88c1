#include "host/owners.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>

#include "util/error.hpp"

namespace devbox::host {
namespace {

bool is_id(const Json& value) {
  return value.is_number_unsigned() &&
         value.get<std::uint64_t>() <= std::numeric_limits<std::uint32_t>::max();
}

std::vector<IdMapLine> member(const Json& object, const char* key) {
  const auto found = object.find(key);
  auto map = found == object.end() ? std::nullopt : parse_map(*found);
  if (!map) throw Error("the ids of a tree's owners are not written as they should be", {});
  return std::move(*map);
}

}  // namespace

Json map_json(const std::vector<IdMapLine>& map) {
  Json list = Json::array();
  for (const IdMapLine& line : map)
    list.push_back(Json::array({line.inside, line.outside, line.count}));
  return list;
}

std::optional<std::vector<IdMapLine>> parse_map(const Json& json) {
  if (!json.is_array()) return std::nullopt;
  std::vector<IdMapLine> map;
  for (const Json& line : json) {
    if (!line.is_array() || line.size() != 3 || !std::all_of(line.begin(), line.end(), is_id))
      return std::nullopt;
    map.push_back(
        {line[0].get<std::uint32_t>(), line[1].get<std::uint32_t>(), line[2].get<std::uint32_t>()});
  }
  return map;
}

std::string owners_text(const Owners& owners) {
  return json_line({{"uids", map_json(owners.maps.uids)},
                    {"gids", map_json(owners.maps.gids)},
                    {"user", owners.user}});
}

Owners parse_owners(std::string_view text) {
  const std::optional<Json> parsed = parse_json(text);
  const Json object = parsed && parsed->is_object() ? *parsed : Json::object();
  const auto user = object.find("user");
  return {.maps = {member(object, "uids"), member(object, "gids")},
          .user = user != object.end() && user->is_string() ? user->get<std::string>() : ""};
}

}  // namespace devbox::host
