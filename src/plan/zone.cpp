#include "plan/zone.hpp"

#include <algorithm>
#include <cctype>

#include "plan/sockets.hpp"
#include "util/path.hpp"

namespace devbox::plan {
namespace {

constexpr std::string_view kZones = "/usr/share/zoneinfo";
constexpr std::string_view kLocalTime = "/etc/localtime";

bool is_name(std::string_view text) {
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '/' || c == '_' || c == '-' ||
           c == '+';
  });
  return plain && !text.empty() && std::isalpha(static_cast<unsigned char>(text.front())) != 0;
}

}  // namespace

bool Zone::is_utc() const {
  constexpr std::string_view kNames[] = {"UTC",      "Etc/UTC", "UCT",       "Etc/UCT",
                                         "Etc/Zulu", "Zulu",    "Universal", "Etc/Universal"};
  return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

std::string zone_name(std::string_view path) {
  constexpr std::string_view kBefore = "zoneinfo/";
  const std::size_t at = path.rfind(kBefore);
  if (at == std::string_view::npos) return "";
  const std::string_view name = path.substr(at + kBefore.size());
  return is_name(name) ? std::string(name) : "";
}

Zone zone_of_variable(const host::Host& host) {
  const auto set = host.env.find("TZ");
  if (set == host.env.end()) return {};
  std::string_view text = set->second;
  if (text.starts_with(':')) text.remove_prefix(1);
  if (text == kLocalTime) return {};
  Zone zone;
  zone.by_variable = true;
  if (text.starts_with('/')) {
    zone.file = path::normal(text);
    zone.name = zone_name(zone.file);
  } else if (is_name(text)) {
    zone.name = text;
    zone.file = path::join(kZones, text);
  } else {
    zone.name = text.empty() ? "UTC0" : text;  // tzset(3): an empty one is UTC
    zone.is_rule = true;
  }
  return zone;
}

Zone zone_of(const host::Host& host, const host::Reach& reach) {
  Zone zone = zone_of_variable(host);
  if (zone.is_known() || !reach.localtime.is_there) return zone;
  const std::string& link = reach.localtime.link;
  zone.file = link.empty() ? std::string(kLocalTime) : link;
  zone.name = zone_name(link);
  return zone;
}

}  // namespace devbox::plan
