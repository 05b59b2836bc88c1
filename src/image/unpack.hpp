// An archive into an empty directory.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "image/byte_source.hpp"
#include "image/confine.hpp"
#include "image/file_writer.hpp"
#include "image/manifest.hpp"

namespace devbox::image {

struct Unpacked {
  Entries entries;
  std::uint64_t bytes = 0;         // of all files
  std::vector<std::string> notes;  // what the tree on disk does not have as the archive says
};

// How far it is: names and bytes of files so far. Called a few times a second at the most.
using Progress = std::function<void(std::uint64_t names, std::uint64_t bytes)>;

// Reads `archive`, to its end, into `directory` (both borrowed), its files by `files`, which nobody
// else uses. Of names that come twice the last wins. Setuid bits and devices
// are in the entries alone; without `owners`, in whose user namespace this must be called, owners,
// setgid and sticky bits are too.
//
// Throws Error where a name leaves the tree, lies below what is no directory, or links to what is
// not in the tree; where an owner is not among `owners`; where there are more than two million
// names; where the archive is damaged; and where writing fails.
Unpacked unpack(ByteSource& archive, int directory, const Owners& owners, FileWriter& files,
                const Progress& progress);

// The same of what a descriptor holds.
Unpacked unpack(int archive, int directory, const Owners& owners, FileWriter& files,
                const Progress& progress);

}  // namespace devbox::image
