// Bytes from a process that is trusted to one that is not, through memory that both have and only
// the first can write (memfd_create(2), F_SEAL_FUTURE_WRITE): what was hashed is what is read, and
// no byte is copied on the way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "host/process.hpp"
#include "image/byte_source.hpp"
#include "util/fd.hpp"

namespace devbox::image {

// Memory that is shared, unmapped at the end.
class SharedMemory {
 public:
  SharedMemory(int fd, std::size_t size, int protection);  // throws Error
  ~SharedMemory();
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;
  char* data() const { return data_; }

 private:
  char* data_;
  std::size_t size_;
};

// The end of the process that may not write. Throws Error where what it is told of makes no sense.
class RingReader final : public ByteSource {
 public:
  RingReader(int memory, Fd filled, Fd freed);
  std::string_view read() override;

 private:
  SharedMemory memory_;
  Fd filled_, freed_;
  std::size_t slot_ = 0;
  bool holds_ = false;
};

// The end of the process that writes, which makes it and then forks. Of the other it hears only how
// many pieces that has done with; whatever it is told, it is the other that reads nonsense.
class RingWriter {
 public:
  RingWriter();  // throws Error

  // In the child, once; in the parent, once.
  std::unique_ptr<RingReader> reader();
  void leave_reader();

  // Where the next bytes belong. Waits until the reader has done with what is there; where nobody
  // reads any more, it does not.
  std::span<char> room();
  void give(std::size_t count);            // of them, more than none
  bool wanted() const { return wanted_; }  // false once it is known that nobody reads

  void end();  // the reader is told

 private:
  Fd file_;
  std::unique_ptr<SharedMemory> memory_;  // the child does not have it
  host::Pipe filled_, freed_;
  std::size_t slot_ = 0;
  std::size_t free_;
  bool wanted_ = true;
};

}  // namespace devbox::image
