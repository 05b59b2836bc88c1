// Files by descriptor and relative path, with no link followed on the way.
#pragma once

#include <cstddef>

#include "kernel/sys.hpp"

namespace devbox::kernel {

// An O_PATH descriptor of `path` (relative, no "..") below `directory`. A link on the way is ELOOP;
// the last component may be one, and is then what the descriptor refers to. "" is `directory`
// itself. openat2(2), RESOLVE_NO_SYMLINKS; component by component where a kernel or a filter lacks
// it.
Sys<int> open_below(int directory, const char* path) noexcept;

// `path` below `directory`, for reading, as if that were the root: links are followed, and none
// leads out of it (openat2(2), RESOLVE_IN_ROOT). Nothing is waited for, a FIFO neither. ENOSYS
// where the kernel or a filter lacks it.
Sys<int> open_in_root(int directory, const char* path) noexcept;

// Where the last component of `path` starts.
const char* last_component(const char* path) noexcept;

// As open_below, the directory that holds the last component of `path`.
Sys<int> open_parent(int directory, const char* path) noexcept;

// A new file with these bytes; EEXIST where the name is taken.
Done write_file(int directory, const char* name, const char* bytes, std::size_t size,
                unsigned mode) noexcept;

// Into a file that exists, in one write (procfs reads one write as the whole).
Done write_existing(const char* path, const char* bytes, std::size_t size) noexcept;

}  // namespace devbox::kernel
