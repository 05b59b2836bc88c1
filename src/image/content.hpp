// What a file on disk holds.
#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <functional>
#include <string>

#include "image/manifest.hpp"
#include "image/sha256.hpp"
#include "kernel/sys.hpp"

namespace devbox::image {

// The permission bits that an entry has on disk: no setuid, setgid and sticky bits, which in a home
// directory would be a danger to others, and directories that nobody writes to.
mode_t mode_on_disk(const Entry& entry);

// The SHA-256 in hex of the file `name` in `directory` (borrowed), which is opened without
// following a link or waiting; or the errno of why it cannot be read.
kernel::Sys<std::string> content_of(int directory, const char* name, Sha256& hash);

// Calls `work` with each number below `count` once, from as many threads as there are processors.
// It must not throw.
void in_parallel(std::size_t count, const std::function<void(std::size_t, Sha256&)>& work);

}  // namespace devbox::image
