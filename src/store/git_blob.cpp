#include "store/git_blob.hpp"

#include <fmt/format.h>

#include <array>

namespace devbox::store {
namespace {

constexpr std::size_t kSha256Digits = 64;

// libmd takes what it calls uint8_t.
const std::uint8_t* octets(std::string_view bytes) {
  return reinterpret_cast<const std::uint8_t*>(bytes.data());
}

}  // namespace

GitBlob::GitBlob(std::size_t digits, std::uint64_t size) {
  if (digits == kSha256Digits) {
    sha256_.emplace();
  } else {
    ::SHA1Init(&sha1_);
  }
  add(fmt::format("blob {}", size));
  add(std::string_view("\0", 1));
}

void GitBlob::add(std::string_view bytes) {
  if (sha256_) {
    sha256_->add(bytes);
  } else {
    ::SHA1Update(&sha1_, octets(bytes), bytes.size());
  }
}

std::string GitBlob::hex() {
  if (sha256_) return sha256_->hex();
  std::array<std::uint8_t, SHA1_DIGEST_LENGTH> digest{};
  ::SHA1Final(digest.data(), &sha1_);
  std::string text;
  for (const std::uint8_t byte : digest) text += fmt::format("{:02x}", byte);
  return text;
}

}  // namespace devbox::store
