// The file of X11's cookies (Xau(3), xauth(1)): entries of a family in two bytes, then address,
// number of the display, name of the method and its data, each behind its length in two bytes, the
// higher first.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace devbox::plan {

inline constexpr std::uint16_t kFamilyLocal = 256;   // X11/Xauth.h
inline constexpr std::uint16_t kFamilyWild = 65535;  // whatever the host is called

struct XauthEntry {
  std::uint16_t family = 0;
  std::string address;  // of kFamilyLocal: a host name
  std::string number;   // of the display; empty: of every one
  std::string name;     // "MIT-MAGIC-COOKIE-1"
  std::string data;
};

// As far as it can be read: what stands behind something torn off is left out.
std::vector<XauthEntry> parse_xauthority(std::string_view bytes);
std::string xauthority_text(const std::vector<XauthEntry>& entries);

// Those of the local display `number`, without the host's name, which the box does not have: its
// clients look by their own. Where several hosts' are in the file, those of `hostname`.
std::vector<XauthEntry> cookies_of(const std::vector<XauthEntry>& entries, std::string_view number,
                                   std::string_view hostname);

// DISPLAY, X(7), "Display Names".
struct Display {
  bool is_local = false;  // the socket of the file system; else TCP on loopback, as ssh forwards it
  std::string number;
};
// std::nullopt where it is none of this machine.
std::optional<Display> parse_display(std::string_view text);

}  // namespace devbox::plan
