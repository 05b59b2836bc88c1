// Any bytes as a reference to an image, and as registries.toml.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "profile/image_reference.hpp"
#include "profile/registries.hpp"

namespace {

using devbox::profile::ImageReference;
using devbox::profile::parse_image_reference;
using devbox::profile::ParsedReference;

void require(bool holds) {
  if (!holds) std::abort();
}

// What becomes part of a URL or a file's name has nothing in it that means something there.
void check_part(std::string_view text) {
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._/:[]").find(c) != std::string_view::npos;
    require(plain);
  }
  require(text.find("..") == std::string_view::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const devbox::profile::ParsedRegistries registries =
      devbox::profile::parse_registries(bytes, "registries.toml");
  for (const std::string& mistake : registries.mistakes)
    require(mistake.starts_with("registries.toml:"));

  const ParsedReference parsed = parse_image_reference(bytes);
  require(parsed.reference.has_value() == parsed.mistake.empty());
  if (!parsed.reference) return 0;
  const ImageReference& reference = *parsed.reference;
  require(!reference.registry.empty() && !reference.repository.empty());
  require(!reference.tag.empty() || reference.digest.size() == 64);
  check_part(reference.registry);
  check_part(reference.repository);
  require(reference.repository.front() != '/' && reference.repository.back() != '/');
  require(parse_image_reference(reference.text()).reference == reference);
  return 0;
}
