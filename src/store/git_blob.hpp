// The name that git gives the content of a file: a hash of "blob SIZE", a NUL and the bytes
// (gitformat-pack(5), hash-function-transition). libmd's hashes.
#pragma once

#include <sys/types.h>

#include <sha1.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "store/digest.hpp"

namespace devbox::store {

class GitBlob {
 public:
  // By SHA-256 where names have 64 digits, else by SHA-1.
  GitBlob(std::size_t digits, std::uint64_t size);
  void add(std::string_view bytes);
  std::string hex();  // lower case; the last call

 private:
  std::optional<Digest> sha256_;
  SHA1_CTX sha1_{};
};

}  // namespace devbox::store
