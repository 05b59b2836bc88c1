// The entries of an open directory, all at once and in the order that the settings ask for.
#pragma once

#include "surroundings/libc.hpp"

namespace devbox::surroundings {

// struct linux_dirent64 of getdents64(2); struct dirent and struct dirent64 are the same on x86-64
// and aarch64.
struct Dirent {
  uint64_t inode;
  int64_t next;
  unsigned short bytes;
  unsigned char type;
  char name[256];
};

// Read once, at the first question: what is made or removed afterwards may or may not be there
// (readdir(3p)). Memory is the program's own malloc's.
class Entries {
 public:
  // 0, or a negative errno; then it is empty still.
  long read(int fd);
  void clear();
  bool is_read() const { return is_read_; }
  size_t count() const { return count_; }
  Dirent* at(size_t index) const { return items_[index].entry; }

  // What it is sorted by; two that have the same are told apart by their names.
  struct Item {
    uint64_t key;
    Dirent* entry;
  };

 private:
  long read_all(int fd, size_t& bytes);
  long sort(size_t bytes);

  char* buffer_ = nullptr;
  size_t room_ = 0;
  Item* items_ = nullptr;
  size_t count_ = 0;
  bool is_read_ = false;
};

}  // namespace devbox::surroundings
