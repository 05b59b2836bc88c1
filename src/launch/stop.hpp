// The end of a box that somebody asks for.
#pragma once

#include <chrono>

#include "launch/records.hpp"

namespace devbox::launch {

// Has pid 1 send all of the box SIGTERM, half a second later SIGHUP, and kill what is left after
// `patience` (init/box.cpp). Returns once the box is dead to its last process. Throws Error where
// it cannot be signalled, or does not die.
void stop(const Record& box, std::chrono::milliseconds patience);

}  // namespace devbox::launch
