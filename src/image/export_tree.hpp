// A stored tree as the tar archive that it would have come from: with the owners, the setuid bits
// and the devices that its manifest records.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>

#include "image/manifest.hpp"
#include "image/tar_writer.hpp"

namespace devbox::image {

// Where the bytes of files are. Those of an inode from `first_written` on are in `upper`
// (borrowed), by the same path; such a file may have no digest in the entries, and is not compared
// then.
struct TreeFiles {
  int root = -1;
  int upper = -1;
  std::uint64_t first_written = std::numeric_limits<std::uint64_t>::max();
};

// The same bytes for the same entries. Each file of the tree is compared with its digest on the
// way: throws Error where it is not what `entries` say, and what `sink` throws. `progress` is told
// the bytes of files so far.
void export_tree(const Entries& entries, const TreeFiles& files, const TarWriter::Sink& sink,
                 const std::function<void(std::uint64_t bytes)>& progress);

}  // namespace devbox::image
