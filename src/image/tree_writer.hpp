// A directory that is filled with what an archive says, and nothing outside of it.
//
// A name is made by one system call in the directory that holds it (Parents). A name that is taken
// is removed first: nothing is ever written through a link that was there.
#pragma once

#include <string>

#include "image/content.hpp"
#include "image/manifest.hpp"
#include "image/parents.hpp"
#include "util/fd.hpp"

namespace devbox::image {

class TreeWriter {
 public:
  TreeWriter(int directory, Belongs belongs)  // borrowed
      : parents_(directory), belongs_(belongs) {}

  // Paths are relative and hold no "."; their directories exist. All throw Error.
  void directory(const std::string& path);
  Fd file(const std::string& path);  // for writing, mode 0600
  void symlink(const std::string& path, const std::string& text);
  void fifo(const std::string& path);
  void hard_link(const std::string& path, const std::string& existing);
  // The file `name` of `directory` (borrowed), which goes there from it.
  void move_in(int directory, const std::string& name, const std::string& path);
  void remove(const std::string& path, EntryKind kind);  // a directory is empty

  // Gives a name its mode, as far as it is applied on disk (mode_on_disk), time, and owner where it
  // gets one; and a directory its extended attributes. A directory comes after all that is in it:
  // then it may be closed to us.
  void finish(const std::string& path, const Entry& entry);

 private:
  Parents parents_;
  Belongs belongs_;
};

// The extended attributes, the mode and the time of a file that is open and the user's, after the
// last write.
void finish_file(int file, const std::string& path, const Entry& entry);

}  // namespace devbox::image
