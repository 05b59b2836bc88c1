// Sizes and rates as a profile writes them.
#pragma once

#include <cstdint>
#include <string_view>

namespace devbox::profile {

struct Size {
  enum class Outcome { good, malformed, too_large };
  Outcome outcome = Outcome::malformed;
  std::uint64_t bytes = 0;
};

// Digits and a unit: KiB MiB GiB TiB PiB EiB are powers of 1024, kB KB MB GB TB PB EB powers of
// 1000, "B" or none are bytes. No sign, no fraction; one space may stand before the unit. What does
// not fit 63 bits is too large: the kernel's counters are signed (loff_t).
Size parse_size(std::string_view text);

// The same with "/s" behind it: bytes in a second.
Size parse_rate(std::string_view text);

}  // namespace devbox::profile
