#include "store/digest.hpp"

#include <cstdint>

namespace devbox::store {

Digest::Digest() { ::SHA256Init(&context_); }

void Digest::add(std::string_view bytes) {
  ::SHA256Update(&context_, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

void Digest::add_field(std::string_view bytes) {
  std::uint8_t length[8];
  for (unsigned i = 0; i < 8; ++i)
    length[i] = static_cast<std::uint8_t>(std::uint64_t{bytes.size()} >> (56 - 8 * i));
  ::SHA256Update(&context_, length, sizeof length);
  add(bytes);
}

std::string Digest::hex() {
  constexpr const char* kDigits = "0123456789abcdef";
  std::uint8_t bytes[SHA256_DIGEST_LENGTH];
  ::SHA256Final(bytes, &context_);
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

bool is_digest(std::string_view text) {
  constexpr std::size_t kHexDigits = 64;
  return text.size() == kHexDigits &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace devbox::store
