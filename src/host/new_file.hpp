// Files that appear whole or not at all, and the directories for them.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "util/fd.hpp"

namespace devbox::host {

// Makes the directory and its parents, 0700 each, where they are missing. Throws Error.
void make_directories(const std::string& path);

// A new file under a name of its own, taken away again where it was not renamed. All throw Error.
class NewFile {
 public:
  // In `directory`, which is borrowed and shown as `shown`.
  NewFile(int directory, std::string shown, mode_t mode);
  ~NewFile();
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  void write(std::string_view bytes);  // to the disk
  void rename(const std::string& name);

 private:
  int directory_;
  std::string shown_;
  std::string name_;
  Fd fd_;
};

}  // namespace devbox::host
