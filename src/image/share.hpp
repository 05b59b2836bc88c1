// Files that trees share: each of a tree's files has one more name in the pool, a directory beside
// the trees, and the next tree that holds the same file takes that inode in place of its own.
//
//   XX/SHA256-MODE-MTIME    XX begins the SHA-256; MODE in octal as it is on disk, MTIME in seconds
//   …-xDIGEST               and then, of a file with extended attributes on disk, their digest
//   …-N                     and where a tree holds the same file again, its copy N, from 1 upwards
//
// So two files of one tree are never one inode unless the image links them: cp, diff and tar would
// take them for one. An empty file, and one that its owner may not read, is not shared.
//
// Nothing of the pool is believed: a file is hashed before another tree takes it. What fails that
// is replaced by the tree's own.
#pragma once

#include <cstdint>
#include <string>

#include "image/manifest.hpp"

namespace devbox::image {

struct Sharing {
  int root = -1;  // the tree; all are borrowed
  int pool = -1;
  int scratch = -1;  // an empty directory on the same file system, whose owner removes what is left
};

struct Shared {
  std::uint64_t taken = 0;        // files that the tree has from the pool now
  std::uint64_t taken_bytes = 0;  // in them
  std::uint64_t damaged = 0;      // files of the pool that were not what their names say
  std::uint64_t alone = 0;        // files that could not be shared
  int err = 0;                    // the errno of why
};

// `entries` say what the tree holds. Each name is replaced by one rename; the directories keep
// their modes and times. A file that cannot be shared (a full disk, too many links, a file system
// without them) stays as it is. Throws Error where the tree is not what `entries` say.
Shared share(const Sharing& where, const Entries& entries);

}  // namespace devbox::image
