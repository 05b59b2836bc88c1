// A guard in front of the TOML parser.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace devbox::profile {

// The most parts that one dotted key may have; no key of a profile needs more than four.
inline constexpr std::size_t kMaxKeyParts = 16;

struct Spot {
  unsigned line = 0;
  unsigned column = 0;  // in characters, as toml++ counts
};

// Where the first key with more parts than that goes too deep. toml++ limits how deep values nest
// but not how many parts a key has, and frees tables recursively: a megabyte of "a.a.a…" would use
// up the stack.
std::optional<Spot> too_deep_key(std::string_view toml);

}  // namespace devbox::profile
