// A stored tree as the tar archive that it would have come from: with the owners, the setuid bits
// and the devices that its manifest records.
#pragma once

#include <cstdint>
#include <functional>

#include "image/manifest.hpp"
#include "image/tar_writer.hpp"

namespace devbox::image {

// The same bytes for the same entries. Each file of the tree `root` (borrowed) is compared with its
// digest on the way: throws Error where it is not what `entries` say, and what `sink` throws.
// `progress` is told the bytes of files so far.
void export_tree(const Entries& entries, int root, const TarWriter::Sink& sink,
                 const std::function<void(std::uint64_t bytes)>& progress);

}  // namespace devbox::image
