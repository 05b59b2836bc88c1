#include "image/sha256.hpp"

#include <openssl/evp.h>

#include <string_view>

#include "util/error.hpp"

namespace devbox::image {
namespace {

void require(int result) {
  if (result != 1) throw Error("cannot take a SHA-256: libcrypto has none");
}

}  // namespace

void Sha256::Free::operator()(evp_md_ctx_st* context) const noexcept { EVP_MD_CTX_free(context); }

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  require(context_ != nullptr ? EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) : 0);
}

void Sha256::add(const void* bytes, std::size_t size) {
  require(EVP_DigestUpdate(context_.get(), bytes, size));
}

std::string Sha256::hex_so_far() const {
  Sha256 copy;
  require(EVP_MD_CTX_copy_ex(copy.context_.get(), context_.get()));
  return copy.hex();
}

std::string Sha256::hex() {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  require(EVP_DigestFinal_ex(context_.get(), digest, &size));
  require(EVP_DigestInit_ex(context_.get(), nullptr, nullptr));  // the same, without a look-up
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(std::size_t{2} * size);
  for (unsigned i = 0; i < size; ++i) {
    text += kDigits[digest[i] >> 4U];
    text += kDigits[digest[i] & 15U];
  }
  return text;
}

std::string sha256_of(std::string_view bytes) {
  Sha256 hash;
  hash.add(bytes.data(), bytes.size());
  return hash.hex();
}

}  // namespace devbox::image
