// A large file that has no name until it is whole. Where it is not given one, nothing of it is
// left, and where the file system can do that (open(2), O_TMPFILE), not after a kill either.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "util/fd.hpp"

namespace devbox::image {

class OutputFile {
 public:
  // In `directory`, which is borrowed. `shown` is what messages call the file. All throw Error.
  OutputFile(int directory, std::string shown);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  void write(std::string_view bytes);

  // On the disk, and then `name` in `directory` (borrowed, of the same file system), in the place
  // of what has that name.
  void publish(int directory, const std::string& name);

  // What was written from there on, at most as much; 0 at the end.
  std::size_t read(char* buffer, std::size_t most, std::uint64_t at) const;
  std::uint64_t size() const { return size_; }

 private:
  void link(int directory, const std::string& name);

  int directory_;
  std::string shown_;
  std::string name_;  // for now; empty where it has none
  std::uint64_t size_ = 0;
  Fd fd_;
};

}  // namespace devbox::image
