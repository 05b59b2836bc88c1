// A property of a unit, from its word on the command line to the type that D-Bus gives it
// (org.freedesktop.systemd1(5)). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace devbox::scope {

inline constexpr std::uint64_t kInfinity = UINT64_MAX;  // as systemd writes it

using Bytes = std::vector<std::uint8_t>;

struct DeviceLimit {
  std::string path;
  std::uint64_t most = 0;
  bool operator==(const DeviceLimit&) const = default;
};

struct Property {
  std::string name;
  // On the bus: b, t, ay, a(st).
  std::variant<bool, std::uint64_t, Bytes, DeviceLimit> value;
};

// NAME=VALUE, as protocol.hpp has them. Throws Error, of usage: an unknown name, or what is wrong
// with the value.
Property parse_property(std::string_view word);

// Decimal digits and nothing else, 0 to `most`.
std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t most);

}  // namespace devbox::scope
