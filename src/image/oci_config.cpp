// The image config, and which platform is whose.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "image/oci.hpp"
#include "image/oci_json.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace devbox::image {
namespace {

constexpr std::size_t kMostVariables = 4096;

// The variant that is meant where none is said (containerd's and the Go project's rule).
std::string_view usual_variant(std::string_view architecture) {
  if (architecture == "arm64") return "v8";
  if (architecture == "amd64") return "v1";
  return architecture == "arm" ? "v7" : "";
}

std::string_view variant_of(const ImagePlatform& platform) {
  if (platform.variant.empty()) return usual_variant(platform.architecture);
  // "8" is how old tools write arm64's.
  if (platform.architecture == "arm64" && platform.variant == "8") return "v8";
  return platform.variant;
}

// 7 of "v7"; -1 where it is none.
int level(std::string_view variant) {
  int number = 0;
  if (!variant.starts_with('v')) return -1;
  const char* end = variant.data() + variant.size();
  const auto read = std::from_chars(variant.data() + 1, end, number);
  return read.ec == std::errc() && read.ptr == end ? number : -1;
}

// How near `offered` is to what is wanted: 0 the same, more the further; std::nullopt: it cannot
// run there. A processor runs what was made for a lower variant.
std::optional<int> distance(const ImagePlatform& wanted, const ImagePlatform& offered) {
  if (wanted.os != offered.os || wanted.architecture != offered.architecture) return std::nullopt;
  const std::string_view want = variant_of(wanted);
  const std::string_view offer = variant_of(offered);
  if (want == offer) return 0;
  const int has = level(want);
  const int needs = level(offer);
  if (has < 0 || needs < 0 || needs > has) return std::nullopt;
  return has - needs;
}

std::vector<std::string> variables(const ForeignJson& settings) {
  std::vector<std::string> env;
  const auto found = settings.find("Env");
  if (found == settings.end() || found->is_null()) return env;
  if (!found->is_array() || found->size() > kMostVariables)
    throw Error("`Env` of the config is no list of variables");
  for (const ForeignJson& value : *found) {
    std::string text = value.is_string() ? value.get<std::string>() : std::string();
    if (!value.is_string() || text.find('\0') != std::string::npos)
      throw Error("`Env` of the config is no list of variables");
    const std::size_t equals = text.find('=');
    // A name alone sets nothing.
    if (equals != std::string::npos && equals > 0) env.push_back(std::move(text));
  }
  return env;
}

std::vector<std::string> diff_ids(const ForeignJson& document) {
  const auto rootfs = document.find("rootfs");
  if (rootfs == document.end() || !rootfs->is_object()) throw Error("the config has no `rootfs`");
  if (text_member(*rootfs, "type", Presence::required) != "layers")
    throw Error("the config's `rootfs` is not made of layers");
  std::vector<std::string> ids;
  const auto list = rootfs->find("diff_ids");
  if (list == rootfs->end() || list->is_null()) return ids;  // an image without a layer
  if (!list->is_array() || list->size() > kMostLayers)
    throw Error("`diff_ids` of the config is no list of layers");
  for (const ForeignJson& id : *list)
    ids.push_back(read_digest(id, fmt::format("diff_id {}", ids.size() + 1)));
  return ids;
}

}  // namespace

std::string ImagePlatform::name() const {
  std::string text = os + "/" + architecture;
  const std::string_view which = variant_of(*this);
  // host::platform() says "linux/arm/v7", and "linux/arm64".
  const bool is_told = architecture == "arm" || which != usual_variant(architecture);
  return is_told && !which.empty() ? fmt::format("{}/{}", text, which) : text;
}

ImagePlatform parse_platform(std::string_view name) {
  const std::vector<std::string> parts = split(name, '/');
  const bool is_whole = (parts.size() == 2 || parts.size() == 3) &&
                        std::none_of(parts.begin(), parts.end(),
                                     [](const std::string& part) { return part.empty(); });
  if (!is_whole)
    throw Error(
        fmt::format("a platform must be such as \"linux/amd64\", not {}", shown_text(name)));
  return {parts[0], parts[1], parts.size() == 3 ? parts[2] : std::string()};
}

Config parse_config(std::string_view bytes) {
  const ForeignJson document = read_document(bytes);
  Config config;
  config.platform = read_platform(document);
  config.diff_ids = diff_ids(document);
  const auto settings = document.find("config");
  if (settings == document.end() || settings->is_null()) return config;
  if (!settings->is_object()) throw Error("the config's `config` is no object");
  config.env = variables(*settings);
  config.cwd = text_member(*settings, "WorkingDir", Presence::optional);
  config.user = text_member(*settings, "User", Presence::optional);
  return config;
}

void require_fit(const Manifest& manifest, const Config& config) {
  if (manifest.layers.size() == config.diff_ids.size()) return;
  throw Error(fmt::format("the manifest has {} layers, and its config {}", manifest.layers.size(),
                          config.diff_ids.size()));
}

bool runs_on(const ImagePlatform& wanted, const ImagePlatform& offered) {
  return distance(wanted, offered).has_value();
}

const IndexEntry& choose(const Index& index, const ImagePlatform& wanted) {
  const IndexEntry* best = nullptr;
  const IndexEntry* unnamed = nullptr;
  int best_distance = 0;
  std::string known;
  for (const IndexEntry& entry : index.manifests) {
    if (entry.platform.os.empty()) {
      unnamed = unnamed == nullptr ? &entry : unnamed;
      continue;
    }
    known += (known.empty() ? "" : ", ") + entry.platform.name();
    const std::optional<int> far = distance(wanted, entry.platform);
    if (!far || (best != nullptr && *far >= best_distance)) continue;
    best = &entry;
    best_distance = *far;
  }
  if (best != nullptr) return *best;
  // An index of one image, as tools write for a layout.
  if (unnamed != nullptr && index.manifests.size() == 1) return *unnamed;
  throw Error(
      fmt::format("it has nothing for {}", printable(wanted.name())),
      known.empty() ? "it has nothing that a box can run on" : fmt::format("it has {}", known));
}

}  // namespace devbox::image
