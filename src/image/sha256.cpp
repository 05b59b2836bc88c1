#include "image/sha256.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <iterator>

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

std::string Sha256::hex() {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  require(EVP_DigestFinal_ex(context_.get(), digest, &size));
  require(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr));
  std::string text;
  for (unsigned i = 0; i < size; ++i) fmt::format_to(std::back_inserter(text), "{:02x}", digest[i]);
  return text;
}

}  // namespace devbox::image
