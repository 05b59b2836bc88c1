#include "store/identity.hpp"

#include "store/digest.hpp"

namespace devbox::store {

std::string sha256(std::string_view bytes) {
  Digest digest;
  digest.add(bytes);
  return digest.hex();
}

std::string identity(std::string_view profile_path, std::string_view project) {
  Digest digest;
  digest.add_field(profile_path);
  digest.add_field(project);
  return digest.hex().substr(0, 32);
}

}  // namespace devbox::store
