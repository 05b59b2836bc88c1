// SHA-256 (FIPS 180-4) over bytes that come in pieces: OpenSSL's, which uses the processor's
// instructions for it.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace devbox::image {

class Sha256 {
 public:
  Sha256();
  void add(const void* bytes, std::size_t size);
  std::string hex_so_far() const;
  std::string hex();  // ends it; the next add begins anew

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const noexcept;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

std::string sha256_of(std::string_view bytes);  // hex

}  // namespace devbox::image
