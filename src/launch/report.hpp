// Where a start spent its time, for people.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "launch/compile.hpp"

namespace devbox::launch {

struct Times {
  std::int64_t begun = 0;    // devbox's own start; CLOCK_MONOTONIC, nanoseconds, like all of these
  std::int64_t planned = 0;  // the plan is made
  std::int64_t cloned = 0;
  std::span<const std::int64_t> phases;      // by Phase
  std::span<const std::int64_t> operations;  // when each was done; 0 where it was not reached
  std::int64_t started = 0;                  // the launcher heard that the command runs
};

std::int64_t now();

// One line a phase, microseconds, and the total.
std::string timings_text(const Times& times);

// One line an operation in order, with its microseconds.
std::string steps_text(const Times& times, const Operations& operations);

}  // namespace devbox::launch
