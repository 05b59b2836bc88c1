// Overlays that are written to (overlayfs.rst), and what their uppers hold where none is mounted.
#pragma once

#include <sys/stat.h>

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

// Of a name in an upper: what a lower layer has there is gone ("whiteouts and opaque directories").
// The kernel's own are devices; it makes none of the other kind, which are attributes.
bool is_whiteout(const struct stat& st) noexcept;

// Of a directory in an upper that was mounted by new_overlay: nothing of a lower layer is seen in
// it.
bool is_opaque(int directory) noexcept;

}  // namespace devbox::kernel
