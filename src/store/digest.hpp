// SHA-256 (FIPS 180-4) over bytes that come in pieces. libmd's, which is small where it is linked
// statically.
#pragma once

#include <sys/types.h>

#include <sha2.h>

#include <string>
#include <string_view>

namespace devbox::store {

class Digest {
 public:
  Digest();
  void add(std::string_view bytes);

  // The length goes first: ("ab", "c") and ("a", "bc") are two things.
  void add_field(std::string_view bytes);

  std::string hex();  // lower case; the last call

 private:
  SHA2_CTX context_{};
};

// Whether `text` is what hex() returns.
bool is_digest(std::string_view text);

}  // namespace devbox::store
