// Bundles of an image and of the host: what is merged has each of the image's bytes, and nothing
// more is lacking then.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "store/certificates.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t half = text.find('\0');
  const std::string_view image = text.substr(0, half);
  const std::string_view host =
      half == std::string_view::npos ? std::string_view() : text.substr(half + 1);
  const std::string merged = devbox::store::merged_bundle(image, host);
  if (merged.empty()) return 0;
  if (!merged.starts_with(image)) std::abort();
  if (devbox::store::pem_certificates(merged).size() <=
      devbox::store::pem_certificates(image).size())
    std::abort();
  return 0;
}
