// A time zone, by what the host says of it: TZ (tzset(3)) or /etc/localtime (localtime(5)).
#pragma once

#include <string>
#include <string_view>

#include "host/host.hpp"
#include "host/reach.hpp"

namespace devbox::plan {

struct Zone {
  std::string name;      // "Europe/Berlin"; may be empty
  std::string file;      // its description on the host
  bool is_rule = false;  // `name` is what TZ says itself: "CET-1CEST"
  bool by_variable = false;

  bool is_known() const { return !name.empty() || !file.empty(); }
  // Needs no file at all.
  bool is_utc() const;
};

// Of TZ; none where it is not set, or names /etc/localtime.
Zone zone_of_variable(const host::Host& host);

// The same, else of /etc/localtime.
Zone zone_of(const host::Host& host, const host::Reach& reach);

// What stands behind the last "zoneinfo/" of a path, where that is a plain name; else empty.
std::string zone_name(std::string_view path);

}  // namespace devbox::plan
