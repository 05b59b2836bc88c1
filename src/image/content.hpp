// What a file on disk holds.
#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "image/manifest.hpp"
#include "image/sha256.hpp"
#include "kernel/sys.hpp"

namespace devbox::image {

// Whether an entry belongs on disk to whom the archive says, or to the user as all others do.
enum class Belongs { to_user, to_owner };

// The permission bits that a file has on disk: no setuid, setgid and sticky bits, which in a home
// directory would be a danger to others. Directories that are all the user's can be written by
// nobody; those of real owners are as the archive says, but for a setuid bit, which means nothing,
// and that the tree itself can be entered: devbox looks into it from outside.
mode_t mode_on_disk(const std::string& path, const Entry& entry, Belongs belongs);

// Of the file `name` in `directory` (borrowed), which is opened without following a link or
// waiting; or the errno of why it cannot be read.
struct Content {
  std::string digest;                           // SHA-256 in hex
  std::optional<Xattrs> xattrs = std::nullopt;  // as xattrs_of() finds them
};
kernel::Sys<Content> content_of(int directory, const char* name, Sha256& hash);

// Calls `work` with each number below `count` once, from as many threads as there are processors.
// It must not throw.
void in_parallel(std::size_t count, const std::function<void(std::size_t, Sha256&)>& work);

// The same; each thread has the work that `begin` makes for it, and what that keeps.
using Work = std::function<void(std::size_t)>;
void in_parallel(std::size_t count, const std::function<Work()>& begin);

}  // namespace devbox::image
