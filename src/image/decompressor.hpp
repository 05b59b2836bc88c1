// The plain bytes of an archive or a layer, which may be compressed: gzip (RFC 1952), zstd
// (RFC 8878), or any other bytes, which stay as they are.
#pragma once

#include <cstdint>
#include <memory>

#include "image/byte_source.hpp"

namespace devbox::image {

class Decompressor final : public ByteSource {
 public:
  explicit Decompressor(ByteSource& from);  // borrowed
  ~Decompressor() override;
  Decompressor(const Decompressor&) = delete;
  Decompressor& operator=(const Decompressor&) = delete;

  // Throws Error where what is compressed ends too early, is damaged, does not have the checksum
  // that it says, or is followed by what is not compressed so; where it is compressed once more;
  // and where it is more than 256 GiB long: a few KiB can be.
  std::string_view read() override;

 private:
  void begin();

  Lookahead outer_;
  std::unique_ptr<ByteSource> codec_;  // where it is compressed
  std::unique_ptr<Lookahead> inner_;   // what that gives
  ByteSource* plain_ = nullptr;
  std::uint64_t bytes_ = 0;
};

}  // namespace devbox::image
