// Amounts as people read them.
#pragma once

#include <cstdint>
#include <string>

namespace devbox {

// With nothing lost: "2 GiB", "1536 MiB", "100 bytes".
std::string exact_size(std::uint64_t bytes);

// To about three digits: "1.46 GiB", "12.0 MiB", "100 bytes".
std::string rough_size(std::uint64_t bytes);

// "1.25 s", "340 ms", "0.5 ms".
std::string rough_time(std::uint64_t microseconds);

}  // namespace devbox
