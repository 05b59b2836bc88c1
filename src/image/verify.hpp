// A tree on disk against its manifest.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "image/content.hpp"
#include "image/manifest.hpp"

namespace devbox::image {

// What is another than the manifest says: "content", "size", "mode", "owner", "mtime", "type",
// "link" (its text), "xattrs" (of those that are on disk, image/xattr.hpp), "names" (which names
// are one file); or "missing", "new", or "unreadable". Below a directory that is missing or new
// nothing is named.
struct Difference {
  std::string path;
  std::vector<std::string> what;
};

struct Verified {
  std::vector<Difference> differences;  // sorted by path
  std::uint64_t files = 0;              // that were read
  std::uint64_t bytes = 0;
};

// Reads all of the tree `root` (borrowed). How far it is goes to `progress`, from one thread at a
// time. Devices are not on disk, and who owns what is only where it `belongs` to them: then the ids
// of these must be mapped here.
Verified verify(int root, const Entries& entries, Belongs belongs,
                const std::function<void(std::uint64_t bytes)>& progress);

}  // namespace devbox::image
