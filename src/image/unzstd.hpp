// Zstandard, uncompressed by its library.
#pragma once

#include <memory>
#include <vector>

#include "image/byte_source.hpp"

struct ZSTD_DCtx_s;

namespace devbox::image {

// Frames follow each other (RFC 8878, 3); after the last nothing may. A window of more than 128 MiB
// (`zstd --long=28` and above) is refused, as zstd(1) does without being asked.
class Unzstd final : public ByteSource {
 public:
  explicit Unzstd(ByteSource& from);  // borrowed
  std::string_view read() override;

 private:
  struct Free {
    void operator()(ZSTD_DCtx_s* context) const noexcept;
  };

  ByteSource& from_;
  std::unique_ptr<ZSTD_DCtx_s, Free> context_;
  std::vector<char> out_;
  std::string_view in_;
  bool full_ = false;     // the last call filled out_: there may be more without more input
  bool in_frame_ = true;  // there must be one
};

}  // namespace devbox::image
