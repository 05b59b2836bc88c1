// A directory that is filled with what an archive says, and nothing outside of it.
//
// A name is made by one system call in the directory that holds it; that directory is opened with
// no link followed (openat2(2), RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS). A name that is taken is
// removed first: nothing is ever written through a link that was there.
#pragma once

#include <string>

#include "image/manifest.hpp"
#include "util/fd.hpp"

namespace devbox::image {

class TreeWriter {
 public:
  explicit TreeWriter(int directory) : root_(directory) {}  // borrowed

  // Paths are relative and hold no "."; their directories exist. All throw Error.
  void directory(const std::string& path);
  Fd file(const std::string& path);  // for writing, mode 0600
  void symlink(const std::string& path, const std::string& text);
  void fifo(const std::string& path);
  void hard_link(const std::string& path, const std::string& existing);
  void remove(const std::string& path, EntryKind kind);  // a directory is empty

  // Gives a name its mode and time, as far as they are applied on disk: no setuid, setgid and
  // sticky bits, which in a home directory would be a danger to others, and directories that nobody
  // writes to. A directory comes after all that is in it.
  void finish(const std::string& path, const Entry& entry);

 private:
  int parent_of(const std::string& path);  // borrowed until the next call

  int root_;
  Fd parent_;
  std::string parent_path_ = "/";  // of parent_; "/" is none's
};

}  // namespace devbox::image
