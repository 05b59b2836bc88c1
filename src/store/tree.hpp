// Paths inside a root filesystem, as if it were "/". The tree may be hostile, and may change
// meanwhile.
//
// The walk holds a descriptor of every directory on its way, takes one component at a time, reads
// links itself and answers ".." from what it holds: no name is ever resolved by the kernel beyond
// one component, so nothing in the tree leads out of it. (openat2(2) with RESOLVE_IN_ROOT does not
// say which path it took, fails with EAGAIN when the tree changes, and is absent before 5.6 and in
// docker's older filters: it serves where only the kind of a file is asked, with the walk behind
// it.)
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "store/rootfs.hpp"
#include "util/error.hpp"
#include "util/fd.hpp"

namespace devbox::store {

enum class LastLink { keep, follow };

struct Walk {
  Place place;
  unsigned mode = 0;  // st_mode of the last component; 0 where it is missing
  std::string name;   // the last component of place.path; "." where that is "/"
  Fd directory;       // O_PATH of place.parent
  // 0, also for what is missing. Else the errno of why nobody can say what is there: ELOOP after 40
  // links, as in path_resolution(7); ENAMETOOLONG for a name, or below 255 directories; EACCES,
  // EIO, …
  int err = 0;
};

struct TreeFile {
  Fd fd;
  int err = 0;  // ENOENT where there is no regular file of that name
};

class Tree {
 public:
  // Throws Error where `directory` is not a directory or cannot be opened.
  explicit Tree(const std::string& directory);

  const std::string& directory() const noexcept { return directory_; }
  std::uint32_t owner() const noexcept { return owner_; }

  Walk walk(std::string_view path, LastLink last) const;

  // st_mode of what `path` leads to, links followed inside the tree; 0 where nothing can be found.
  unsigned mode(const std::string& path) const;

  // A regular file for reading, links followed inside the tree. A device is looked at and never
  // opened.
  TreeFile open(std::string_view path) const;

  // The names in a walk's directory, sorted. Throws Error where it cannot be read.
  std::vector<Entry> list(const Walk& walk) const;

  Error failed(std::string_view verb, std::string_view path, int err) const;

 private:
  std::string directory_;
  std::uint32_t owner_ = 0;
  Fd root_;
};

}  // namespace devbox::store
