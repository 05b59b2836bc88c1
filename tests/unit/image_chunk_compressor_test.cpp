#include "image/chunk_compressor.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include "image/decompressor.hpp"

namespace devbox::image {
namespace {

// In pieces of `piece`.
std::string compressed_by(Compression compression, std::string_view bytes, std::size_t piece) {
  std::string out;
  ChunkCompressor compressor(compression, [&](std::string_view part) { out += part; });
  for (std::size_t at = 0; at < bytes.size(); at += piece) compressor.add(bytes.substr(at, piece));
  compressor.finish();
  return out;
}

class Whole final : public ByteSource {
 public:
  explicit Whole(std::string_view bytes) : rest_(bytes) {}
  std::string_view read() override {
    const std::string_view piece = rest_.substr(0, 65536);
    rest_.remove_prefix(piece.size());
    return piece;
  }

 private:
  std::string_view rest_;
};

std::string decompressed(std::string_view bytes) {
  Whole whole(bytes);
  Decompressor decompressor(whole);
  std::string all;
  for (std::string_view part = decompressor.read(); !part.empty(); part = decompressor.read())
    all += part;
  return all;
}

// Words and numbers, so that it can be made smaller and no two pieces are alike.
std::string sample(std::size_t size) {
  std::string text;
  for (std::uint32_t state = 1; text.size() < size; state = state * 1664525U + 1013904223U)
    text += "value " + std::to_string(state >> 12U) + "\n";
  text.resize(size);
  return text;
}

}  // namespace

TEST_CASE("what is compressed in pieces by many is one stream of the same bytes") {
  for (const Compression compression : {Compression::gzip, Compression::zstd}) {
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{1}, ChunkCompressor::kChunk - 1, ChunkCompressor::kChunk,
          ChunkCompressor::kChunk + 1, 20 * ChunkCompressor::kChunk + 77}) {
      CAPTURE(size);
      const std::string text = sample(size);
      const std::string bytes = compressed_by(compression, text, 300'000);
      CHECK(decompressed(bytes) == text);
      if (size > 1000) CHECK(bytes.size() < size / 2);
    }
  }
}

TEST_CASE("the same bytes are compressed to the same, however they come") {
  const std::string text = sample(9 * ChunkCompressor::kChunk + 5);
  for (const Compression compression : {Compression::gzip, Compression::zstd}) {
    const std::string bytes = compressed_by(compression, text, 1 << 20);
    CHECK(compressed_by(compression, text, 1 << 20) == bytes);
    CHECK(compressed_by(compression, text, 12'345) == bytes);
    CHECK(compressed_by(compression, text, text.size()) == bytes);
    std::string one_by_one;  // by nobody but this thread
    for (std::size_t at = 0; at < text.size(); at += ChunkCompressor::kChunk)
      one_by_one += compressed(compression, text.substr(at, ChunkCompressor::kChunk));
    CHECK(one_by_one == bytes);
  }
}

TEST_CASE("a gzip member has no time in its header") {
  const std::string bytes = compressed(Compression::gzip, "text");
  REQUIRE(bytes.size() > 10);
  CHECK(bytes.substr(0, 4) == std::string("\x1f\x8b\x08\0", 4));
  CHECK(bytes.substr(4, 4) == std::string(4, '\0'));
}

TEST_CASE("without compression the bytes are handed on") {
  CHECK(compressed_by(Compression::none, "as they are", 3) == "as they are");
}

TEST_CASE("what the sink throws comes out, and nobody waits for the rest") {
  struct Full {};
  const std::string text = sample(8 * ChunkCompressor::kChunk);
  ChunkCompressor compressor(Compression::gzip, [](std::string_view) { throw Full{}; });
  const auto all = [&] {
    compressor.add(text);
    compressor.finish();
  };
  CHECK_THROWS_AS(all(), Full);
}

}  // namespace devbox::image
