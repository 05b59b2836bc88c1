// Overlays that are written to (overlayfs.rst).
#pragma once

#include <cstdint>

#include "kernel/sys.hpp"

namespace devbox::kernel {

enum class Writes {
  kept,
  discarded,  // "volatile" (overlayfs.rst): a sync in it does not wait for the disk
};

// A detached overlay. `lowers` is the text of its lowerdir; `upper` and `work` are descriptors in
// the mount namespace of the caller. EPERM below Linux 5.11 in a user namespace.
//
// What was written over a tree, or over names that are generated anew at each start, may be used
// again: nothing is kept of which file of a lower layer it came from ("Changes to underlying
// filesystems").
Sys<int> new_overlay(const char* lowers, int upper, int work, Writes writes,
                     std::uint64_t attributes) noexcept;

}  // namespace devbox::kernel
