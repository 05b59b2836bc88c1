// Gzip, uncompressed by ISA-L, which takes a quarter of zlib's time.
#pragma once

#include <memory>
#include <vector>

#include "image/byte_source.hpp"

struct inflate_state;
struct isal_gzip_header;

namespace devbox::image {

// Members follow each other (RFC 1952, 2.2); zeros may follow the last, as gzip(1) allows it for
// tapes, and nothing else may.
class Gunzip final : public ByteSource {
 public:
  explicit Gunzip(ByteSource& from);  // borrowed
  ~Gunzip() override;
  Gunzip(const Gunzip&) = delete;
  Gunzip& operator=(const Gunzip&) = delete;
  std::string_view read() override;

 private:
  bool fill();
  void begin_member();
  bool next_member();
  void require_zeros();
  void header();
  std::string_view inflate();

  ByteSource& from_;
  std::unique_ptr<inflate_state> state_;
  std::unique_ptr<isal_gzip_header> header_;  // the member's, which may come in pieces
  bool in_header_ = true;
  std::vector<unsigned char> out_;
  bool ended_ = false;
};

}  // namespace devbox::image
