// Files of a directory that a box can write to, as a project is: whatever is put there meanwhile,
// nothing outside of it is read or written.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>

#include "util/fd.hpp"

namespace devbox::host {

// The directory `path` below `directory`, itself where that is "", for reading. No link is followed
// (openat2(2), RESOLVE_NO_SYMLINKS). Throws Error, which names `shown`.
Fd directory_within(int directory, const std::string& path, const std::string& shown);

struct FileWithin {
  std::string text;
  mode_t mode = 0;  // permissions alone
};

// The regular file `name` of `directory`. No link is followed. Throws Error, which names `shown`.
FileWithin file_within(int directory, const std::string& name, const std::string& shown,
                       std::size_t max_bytes);

}  // namespace devbox::host
