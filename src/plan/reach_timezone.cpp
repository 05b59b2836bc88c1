// The host's time zone, for programs that ask TZ, and for those that look at /etc/localtime: by its
// contents, or by the name of what it leads to.

#include <fmt/format.h>

#include "plan/reaching.hpp"
#include "plan/zone.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::plan {
namespace {

constexpr const char* kLocalTime = "/etc/localtime";

// Below 5.11 there is no overlay for a link over what the image has.
bool can_link(const Reaching& reaching) {
  const auto etc = reaching.facts.rootfs.places.find("/etc/hostname");
  const bool has_etc = etc != reaching.facts.rootfs.places.end() && etc->second.parent == "/etc";
  return has_etc && reaching.host.kernel.at_least(5, 11) && !reaching.profile_covers(kLocalTime);
}

// Where the zone is seen inside; empty where it cannot be.
std::string place_zone(Reaching& reaching, const Zone& zone) {
  if (zone.is_utc() || (!zone.name.empty() && reaching.facts.rootfs.has_zone))
    return path::join("/usr/share/zoneinfo", zone.name);
  const bool is_file = zone.file == kLocalTime || reaching.facts.reach.has_zone_file;
  if (!is_file || reaching.profile_mounts_run()) return "";
  std::string target =
      zone.name.empty() ? "/run/devbox/localtime" : path::join("/run/devbox/zoneinfo", zone.name);
  reaching.bring(Integration::timezone, zone.file, target, FileKind::file,
                 "the host's time zone, which the image lacks");
  return target;
}

}  // namespace

std::string zone_to_look_for(const profile::Profile& profile, const Resolved& resolved,
                             const host::Host& host, const host::Reach& reach) {
  if (!profile.integrations.wants(Integration::timezone) || resolved.host_image) return "";
  const Zone zone = zone_of(host, reach);
  return zone.is_rule || zone.is_utc() ? "" : zone.name;
}

void reach_timezone(Reaching& reaching) {
  if (!reaching.wants(Integration::timezone)) return;
  const Zone zone = zone_of(reaching.host, reaching.facts.reach);
  if (reaching.resolved.host_image && !zone.by_variable) return;  // its /etc is the host's
  if (!zone.is_known()) {
    reaching.lacks(Integration::timezone,
                   "TZ is not set, and the host has no /etc/localtime; `timedatectl "
                   "set-timezone` makes one");
    return;
  }
  const std::string shown = printable(zone.name.empty() ? zone.file : zone.name);
  if (zone.is_rule || reaching.resolved.host_image) {
    reaching.set("TZ", zone.name.empty() ? ":" + zone.file : zone.name);
  } else {
    const std::string place = place_zone(reaching, zone);
    if (place.empty() && zone.by_variable && !zone.name.empty()) {
      reaching.set("TZ", zone.name);  // "CET-1CEST": a rule that looks like a name
      return reaching.hole(Integration::timezone, fmt::format("the host's time zone, {}", shown));
    }
    if (place.empty()) {
      reaching.lacks(Integration::timezone,
                     fmt::format("neither the image nor the host has the time zone {}", shown));
      return;
    }
    const bool linked = can_link(reaching);
    if (linked)
      reaching.out.generated.push_back(
          {.path = kLocalTime, .kind = MadeKind::symlink, .content = place});
    const bool in_image = place.starts_with("/usr/");
    if (!linked || zone.by_variable) reaching.set("TZ", in_image ? zone.name : ":" + place);
  }
  reaching.hole(Integration::timezone, fmt::format("the host's time zone, {}", shown));
}

}  // namespace devbox::plan
