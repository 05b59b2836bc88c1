// How much memory is free.
#pragma once

#include <cstdint>

namespace devbox::host {

// Bytes that can be had without swapping: MemAvailable of proc(5); 0 where that is not known.
std::uint64_t available_memory();

}  // namespace devbox::host
