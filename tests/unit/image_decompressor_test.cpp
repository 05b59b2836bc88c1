#include "image/decompressor.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <string>

#include "host_temporary.hpp"
#include "image_compressed.hpp"
#include "util/error.hpp"

namespace devbox::image {
namespace {

using test::compressed;
using test::contains;

// Bytes in pieces of `piece`, each of which is overwritten once the next is asked for.
class Pieces final : public ByteSource {
 public:
  Pieces(std::string bytes, std::size_t piece) : rest_(std::move(bytes)), piece_(piece) {}
  std::string_view read() override {
    std::fill(given_.begin(), given_.end(), '?');
    given_ = rest_.substr(0, piece_);
    rest_.erase(0, piece_);
    return given_;
  }

 private:
  std::string rest_;
  std::size_t piece_;
  std::string given_;
};

std::string plain(const std::string& bytes, std::size_t piece = 1 << 20) {
  Pieces pieces(bytes, piece);
  Decompressor decompressor(pieces);
  std::string all;
  while (true) {
    const std::string_view more = decompressor.read();
    if (more.empty()) break;
    all += more;
  }
  CHECK(decompressor.read().empty());  // the end stays the end
  return all;
}

std::string gzip(const std::string& bytes) {
  return compressed(bytes, &archive_write_add_filter_gzip);
}
std::string zstd(const std::string& bytes) {
  return compressed(bytes, &archive_write_add_filter_zstd);
}

// Neither all alike nor without any repetition: 3 MB.
std::string sample() {
  std::string text;
  std::uint32_t state = 1;
  while (text.size() < 3'000'000) {
    state = state * 1664525U + 1013904223U;
    text += std::to_string(state);
    if (state % 64 == 0) text += std::string(state % 5000, 'x');
  }
  return text;
}

std::string error_of(const std::string& bytes) {
  return test::error_of([&] { plain(bytes); }).message();
}

TEST_CASE("what is not compressed stays as it is, in pieces of any size") {
  const std::string bytes = sample().substr(0, 5000);
  for (const std::size_t piece : {1U, 7U, 4096U, 1U << 20U}) CHECK(plain(bytes, piece) == bytes);
  for (const char* few : {"", "a", "\x1f", "\x1f\x8b", "BZ"}) CHECK(plain(few, 1) == few);
}

TEST_CASE("gzip and zstd give the bytes that were compressed, in pieces of any size") {
  const std::string bytes = sample();
  for (const std::string& packed : {gzip(bytes), zstd(bytes)}) {
    CHECK(packed.size() < bytes.size());
    for (const std::size_t piece : {1U, 1000U, 1U << 20U})
      CHECK((plain(packed, piece) == bytes));  // in brackets: a failure prints no 3 MB
  }
}

TEST_CASE("nothing, compressed, is nothing") {
  CHECK(plain(gzip("")).empty());
  CHECK(plain(zstd("")).empty());
}

TEST_CASE("what is compressed a thousandfold comes out whole") {
  const std::string zeros(20'000'000, '\0');
  CHECK((plain(gzip(zeros)) == zeros));
  CHECK((plain(zstd(zeros)) == zeros));
}

TEST_CASE("members and frames that follow each other are one") {
  for (const std::size_t piece : {1U, 20U, 1U << 20U}) {
    CHECK(plain(gzip("one ") + gzip("") + gzip("two"), piece) == "one two");
    CHECK(plain(zstd("one ") + zstd("") + zstd("two"), piece) == "one two");
  }
}

TEST_CASE("a frame of zstd that is to be skipped is skipped, first and last") {
  const std::string skipped("\x50\x2a\x4d\x18\x03\0\0\0abc", 11);
  CHECK(plain(skipped + zstd("bytes") + skipped, 1) == "bytes");
}

TEST_CASE("what a header of gzip may hold is no part of the bytes") {
  const std::string packed = gzip("bytes");
  // FEXTRA, FNAME and FCOMMENT (RFC 1952, 2.3.1).
  const std::string header("\x1f\x8b\x08\x1c\0\0\0\0\0\x03\x04\0extrname\0comment\0", 29);
  for (const std::size_t piece : {1U, 13U, 1U << 20U})
    CHECK(plain(header + packed.substr(10), piece) == "bytes");
}

TEST_CASE("zeros may follow gzip, as on a tape, and nothing else") {
  const std::string packed = gzip("bytes");
  CHECK(plain(packed + std::string(100'000, '\0')) == "bytes");
  CHECK(plain(packed + std::string(3, '\0'), 1) == "bytes");
  CHECK(error_of(packed + "garbage") ==
        "cannot read the archive: what follows its gzip data is no gzip");
  CHECK(error_of(packed + std::string(10, '\0') + packed) ==
        "cannot read the archive: what follows its gzip data is no gzip");
  CHECK(contains(error_of(packed + "\x1f" + std::string(100, 'g')), "its gzip data are damaged"));
  CHECK(contains(error_of(zstd("bytes") + "garbage"), "its zstd data: Unknown frame descriptor"));
}

TEST_CASE("whatever is cut off the end is missed") {
  const std::string bytes = sample().substr(0, 20'000);
  for (const bool is_gzip : {true, false}) {
    const std::string packed = is_gzip ? gzip(bytes) : zstd(bytes);
    const char* said = is_gzip ? "its gzip data end too early" : "its zstd data end too early";
    for (std::size_t size = 6; size < packed.size(); size += size < 40 ? 1 : 97) {
      CAPTURE(size);
      CHECK(contains(error_of(packed.substr(0, size)), said));
    }
    CHECK(contains(error_of(packed.substr(0, packed.size() - 1)), said));
    CHECK(contains(error_of(packed + packed.substr(0, packed.size() - 1)), said));
  }
}

TEST_CASE("a checksum or a length that is wrong is told") {
  const std::string packed = gzip("bytes");
  for (const std::size_t from_end : {1U, 4U, 5U, 8U}) {  // ISIZE, CRC32
    std::string wrong = packed;
    wrong[wrong.size() - from_end] = static_cast<char>(wrong[wrong.size() - from_end] ^ 1);
    CHECK(error_of(wrong) ==
          "cannot read the archive: its gzip data do not have the checksum that they say");
    CHECK_FALSE(error_of(gzip("first") + wrong).empty());
  }
}

TEST_CASE("a flipped bit never gives other bytes in silence") {
  const std::string bytes = sample().substr(0, 4000);
  const std::string packed = gzip(bytes);
  std::size_t told = 0;
  for (std::size_t at = 10; at < packed.size(); ++at) {
    std::string wrong = packed;
    wrong[at] = static_cast<char>(wrong[at] ^ 0x10);
    CAPTURE(at);
    std::string out;
    try {
      out = plain(wrong);
    } catch (const Error&) {
      ++told;
      continue;
    }
    CHECK((out == bytes));  // a bit that fills up the last byte
  }
  CHECK(told + 1 >= packed.size() - 10);
}

TEST_CASE("what is compressed more than once is refused") {
  for (const std::string& once :
       {gzip("x"), zstd("x"), compressed("x", &archive_write_add_filter_xz),
        compressed("x", &archive_write_add_filter_bzip2)}) {
    CHECK(error_of(gzip(once)) == "the archive is compressed more than once");
    CHECK(error_of(zstd(once)) == "the archive is compressed more than once");
  }
}

TEST_CASE("an error below is the one that is thrown") {
  FdSource closed(-1);
  Decompressor decompressor(closed);
  CHECK(test::error_of([&] { decompressor.read(); }).message() ==
        "cannot read the archive: Bad file descriptor");
}

}  // namespace
}  // namespace devbox::image
