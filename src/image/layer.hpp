// A layer of an image: what it changes in the tree that the layers below it make (OCI image
// specification, "Image Layer Filesystem Changeset").
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>

#include "image/archive.hpp"
#include "image/file_writer.hpp"
#include "image/manifest.hpp"

namespace devbox::image {

struct Change {
  enum class Kind : unsigned char {
    entry,
    hard_link,  // `path` is one more name of `existing`
    whiteout,   // `path`, and what is below it, of lower layers is not there
    opaque,     // the same of what is below the directory `path`
  };
  Kind kind = Kind::entry;
  std::string path;  // as member_path gives it: parents may be links of this tree
  Entry entry;       // entry's; a file has its digest once the writer has been drained
  std::string existing;
  std::uint64_t file = 0;  // which of the layer's files has the bytes, from 1
};

// In the order of the archive. What a whiteout says is said of lower layers alone, wherever in the
// archive it stands.
using Changes = std::deque<Change>;

// Called for each member, and while one is long.
using LayerProgress = std::function<void(std::uint64_t names, std::uint64_t bytes)>;

// Reads the layer in `archive`. The bytes of its files go by `files` to the files "1", "2", … in
// `directory` (borrowed, empty), none of whose names is the archive's, with the modes and the times
// that they have in a tree of the user's.
//
// Throws Error where a name cannot be one of a tree, where a whiteout is of no name that can be
// there; where it has more than two million names or 128 GiB; where the archive is
// damaged; and where writing fails.
Changes read_layer(Archive& archive, int directory, FileWriter& files,
                   const LayerProgress& progress);

}  // namespace devbox::image
