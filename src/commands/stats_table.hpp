// The table of `devbox stats`: what boxes use, against their limits. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "host/counters.hpp"
#include "launch/records.hpp"

namespace devbox::commands {

// One box as it is, and as it was.
struct BoxUse {
  launch::Record record;
  std::string id;         // as much of it as tells it from the others
  std::uint64_t age = 0;  // microseconds
  host::Counters counters;
  host::Counters before;
  std::uint64_t interval = 0;  // microseconds since `before`; 0: there is none
};

struct Width {
  std::size_t columns = 80;
  bool colours = false;
};

// A head and a line for each box, none of them wider than that. Where it is narrow there are no
// bars, and the last columns are left out.
std::vector<std::string> stats_table(const std::vector<BoxUse>& boxes, const Width& width);

// "2 boxes run uncounted: …"; empty where `count` is 0.
std::string uncounted_text(std::size_t count);

// The parts. "[|||   ]", `cells` wide with its brackets; nothing below 4. A share above 1 is 1.
std::string bar(double share, std::size_t cells);
std::string short_size(std::uint64_t bytes);        // "1.5G", "512M", "100B"
std::string short_age(std::uint64_t microseconds);  // "45s", "12m", "3h", "2d"

}  // namespace devbox::commands
