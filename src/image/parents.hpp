// The directories of a tree that is somebody else's, by the paths of what is in them: each is
// opened with no link followed (openat2(2), RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS).
#pragma once

#include <string>

#include "util/fd.hpp"

namespace devbox::image {

class Parents {
 public:
  explicit Parents(int root) : root_(root) {}  // borrowed

  // An O_PATH descriptor of the directory that holds `path`, borrowed until the next call. Throws
  // Error.
  int of(const std::string& path);

  // To be called where the directory `path` goes.
  void forget(const std::string& path);

  int root() const { return root_; }

 private:
  int root_;
  Fd fd_;
  std::string path_ = "/";  // of fd_; "/" is none's
};

std::string parent_of(const std::string& path);  // "" of "usr", "usr" of "usr/bin"
std::string name_of(const std::string& path);    // "bin" of "usr/bin"

}  // namespace devbox::image
