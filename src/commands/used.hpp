// What a box has used, and what its limits did, as people and programs read it. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host/counters.hpp"
#include "launch/records.hpp"
#include "util/json.hpp"

namespace devbox::commands {

struct Outcome {
  std::string how;  // "exited", "killed", "lost": pid 1 went without a word
  int value = 0;    // the status or the signal
};

// One line for each limit that was felt: a process that was killed for memory, one that could not
// be started, a quota that held the box up for long.
std::vector<std::string> felt_limits(const host::Counters& counters, const launch::Record& record,
                                     const Outcome& outcome);

// `wall`: microseconds since the start.
std::string used_text(const host::Counters& counters, std::uint64_t wall);
Json used_json(const host::Counters& counters, std::uint64_t wall);

}  // namespace devbox::commands
