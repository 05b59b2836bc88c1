#include "image/decompressor.hpp"

#include <fmt/format.h>

#include "image/gunzip.hpp"
#include "image/unzstd.hpp"
#include "util/error.hpp"

namespace devbox::image {
namespace {

constexpr std::size_t kMagicBytes = 6;

enum class Compression { none, gzip, zstd, other };

// By what it begins with; of xz and bzip2, which are for others to read, too.
Compression compression_of(std::string_view first) {
  using namespace std::string_view_literals;
  if (first.starts_with("\x1f\x8b\x08"sv)) return Compression::gzip;
  if (first.starts_with("\x28\xb5\x2f\xfd"sv)) return Compression::zstd;
  // A frame to be skipped may come first (RFC 8878, 3.1.2).
  if (first.size() >= 4 && (static_cast<unsigned char>(first[0]) & 0xf0U) == 0x50 &&
      first.substr(1, 3) == "\x2a\x4d\x18"sv)
    return Compression::zstd;
  if (first.starts_with("\xfd\x37zXZ\0"sv) || first.starts_with("BZh"sv)) return Compression::other;
  return Compression::none;
}

}  // namespace

Decompressor::Decompressor(ByteSource& from) : outer_(from) {}
Decompressor::~Decompressor() = default;

void Decompressor::begin() {
  const Compression found = compression_of(outer_.ahead(kMagicBytes));
  if (found == Compression::gzip) codec_ = std::make_unique<Gunzip>(outer_);
  if (found == Compression::zstd) codec_ = std::make_unique<Unzstd>(outer_);
  plain_ = &outer_;
  if (!codec_) return;
  inner_ = std::make_unique<Lookahead>(*codec_);
  plain_ = inner_.get();
  if (compression_of(inner_->ahead(kMagicBytes)) != Compression::none)
    throw Error("the archive is compressed more than once", "uncompress it, and import that");
}

std::string_view Decompressor::read() {
  constexpr std::uint64_t kMostBytes = std::uint64_t{256} << 30U;
  if (plain_ == nullptr) begin();
  const std::string_view bytes = plain_->read();
  bytes_ += bytes.size();
  if (bytes_ > kMostBytes) {
    throw Error(fmt::format("the archive is more than {} GiB long", kMostBytes >> 30U),
                "such an archive is made to do harm; nothing of it is kept");
  }
  return bytes;
}

}  // namespace devbox::image
