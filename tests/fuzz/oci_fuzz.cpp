// Any bytes as an image's index, manifest and config, and as what a registry says of a failure.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "image/oci.hpp"
#include "image/refusal.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace {

using devbox::image::Descriptor;

void require(bool holds) {
  if (!holds) std::abort();
}

void require_shown(std::string_view text) { require(devbox::printable(text) == text); }

template <class Use>
void may_refuse(Use use) {
  try {
    use();
  } catch (const devbox::Error& error) {
    require(!error.message().empty());
    require_shown(error.message());
    require_shown(error.hint());
  }
}

void check(const Descriptor& descriptor) {
  require(devbox::image::is_sha256(descriptor.digest));
  require(descriptor.size <= devbox::image::kMostBlob);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  // The first line is what the server calls the rest.
  const std::size_t line = bytes.find('\n');
  const std::string_view type = line == std::string_view::npos ? "" : bytes.substr(0, line);
  const std::string_view text = line == std::string_view::npos ? bytes : bytes.substr(line + 1);
  may_refuse([&] { devbox::image::document_kind(type, text); });
  may_refuse([&] {
    const devbox::image::Index index = devbox::image::parse_index(text);
    require(index.manifests.size() <= devbox::image::kMostManifests);
    for (const auto& entry : index.manifests) check(entry.manifest);
    choose(index, {"linux", "arm64", "v8"});
  });
  may_refuse([&] {
    const devbox::image::Manifest manifest = devbox::image::parse_manifest(text);
    require(manifest.layers.size() <= devbox::image::kMostLayers);
    check(manifest.config);
    for (const auto& layer : manifest.layers) check(layer);
    require_fit(manifest, {});
  });
  may_refuse([&] {
    const devbox::image::Config config = devbox::image::parse_config(text);
    for (const std::string& id : config.diff_ids) require(devbox::image::is_sha256(id));
    for (const std::string& variable : config.env) {
      require(variable.find('=') != std::string::npos);
      require(variable.find('\0') == std::string::npos);
    }
    require_shown(config.platform.name());
  });
  devbox::image::Response response;
  response.body = text;
  require_shown(devbox::image::registry_words(response));
  return 0;
}
