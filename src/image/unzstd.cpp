#include "image/unzstd.hpp"

#include <fmt/format.h>
#include <zstd.h>

#include "util/error.hpp"

namespace devbox::image {
namespace {

constexpr const char* kDamaged = "the archive is damaged or not complete; get it again";

}  // namespace

void Unzstd::Free::operator()(ZSTD_DCtx_s* context) const noexcept { ZSTD_freeDCtx(context); }

Unzstd::Unzstd(ByteSource& from)
    : from_(from), context_(ZSTD_createDCtx()), out_(std::size_t{256} * 1024) {
  if (!context_) throw Error("cannot read an archive: out of memory");
}

std::string_view Unzstd::read() {
  while (true) {
    if (in_.empty() && !full_) {
      in_ = from_.read();
      if (in_.empty() && in_frame_)
        throw Error("cannot read the archive: its zstd data end too early", kDamaged);
      if (in_.empty()) return {};
    }
    ZSTD_inBuffer in{in_.data(), in_.size(), 0};
    ZSTD_outBuffer out{out_.data(), out_.size(), 0};
    const std::size_t left = ZSTD_decompressStream(context_.get(), &out, &in);
    if (ZSTD_isError(left) != 0) {
      throw Error(
          fmt::format("cannot read the archive: its zstd data: {}", ZSTD_getErrorName(left)),
          kDamaged);
    }
    in_.remove_prefix(in.pos);
    full_ = out.pos == out.size;
    // With neither input nor output it has only begun to wait for the next frame.
    if (in.pos > 0 || out.pos > 0) in_frame_ = left != 0;
    if (out.pos > 0) return {out_.data(), out.pos};
  }
}

}  // namespace devbox::image
