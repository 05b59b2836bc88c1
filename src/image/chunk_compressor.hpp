// Bytes compressed by all processors, the same ones wherever that is: each piece of a fixed size is
// a gzip member (RFC 1952, 2.2) or a zstd frame (RFC 8878, 3) of its own, and they follow each
// other. Whoever decompresses them sees one stream.
#pragma once

#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <string_view>

#include "image/oci.hpp"

namespace devbox::image {

class ChunkCompressor {
 public:
  using Sink = std::function<void(std::string_view)>;
  static constexpr std::size_t kChunk = std::size_t{1} << 20U;

  // `sink` is called by whoever calls add and finish, with the bytes in their order.
  ChunkCompressor(Compression compression, Sink sink);
  ~ChunkCompressor();
  ChunkCompressor(const ChunkCompressor&) = delete;
  ChunkCompressor& operator=(const ChunkCompressor&) = delete;

  // Both throw Error, and what the sink throws.
  void add(std::string_view bytes);
  void finish();

 private:
  class Workers;

  void submit();
  void give_first();

  const Compression compression_;
  const Sink sink_;
  std::string chunk_;
  bool any_ = false;  // has been compressed
  std::deque<std::future<std::string>> ahead_;
  std::unique_ptr<Workers> workers_;
};

// What decides which bytes come of the same ones: this and the library's version. Another name may
// mean other bytes.
std::string compressor_name(Compression compression);

// One piece by itself. Throws Error.
std::string compressed(Compression compression, std::string_view bytes);

}  // namespace devbox::image
