// Bytes that come one after the other, whatever they come from.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace devbox::image {

class ByteSource {
 public:
  ByteSource() = default;
  virtual ~ByteSource() = default;
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;

  // The next of them, as many as there are at once; valid until the next call. Empty at the end.
  // Throws Error.
  virtual std::string_view read() = 0;
};

// What a descriptor holds, which is borrowed.
class FdSource final : public ByteSource {
 public:
  explicit FdSource(int fd);
  std::string_view read() override;

 private:
  int fd_;
  std::vector<char> buffer_;
};

// Another source, borrowed, whose first bytes can be looked at before they are read.
class Lookahead final : public ByteSource {
 public:
  explicit Lookahead(ByteSource& from) : from_(from) {}
  std::string_view read() override;

  // The first `count` bytes, or all where there are fewer; before the first read.
  std::string_view ahead(std::size_t count);

 private:
  ByteSource& from_;
  std::string first_;
  bool given_ = false;
};

}  // namespace devbox::image
