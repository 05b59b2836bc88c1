// Any bytes as a profile, and other parts of them as its bases.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "profile/expand.hpp"
#include "profile/load.hpp"

namespace {

using devbox::profile::Loaded;
using devbox::profile::Text;

constexpr std::string_view kBetweenParts = "\n---\n";

std::vector<std::string> parts_of(std::string_view bytes) {
  std::vector<std::string> parts;
  while (true) {
    const std::size_t end = bytes.find(kBetweenParts);
    parts.emplace_back(bytes.substr(0, end));
    if (end == std::string_view::npos) return parts;
    bytes.remove_prefix(end + kBetweenParts.size());
  }
}

// The base that a reference names: its first byte counts the parts.
std::optional<Text> find(const std::vector<std::string>& parts, std::string_view reference) {
  if (reference.empty()) std::abort();  // an empty reference is a mistake and never looked for
  const std::size_t part = static_cast<unsigned char>(reference.front()) % (parts.size() + 1);
  if (part == parts.size()) return std::nullopt;
  return Text{"/p/" + std::to_string(part) + "/devbox.toml", parts[part]};
}

void require(bool holds) {
  if (!holds) std::abort();
}

void check(const Loaded& loaded) {
  const std::string shown = describe(loaded.mistakes);
  const auto is_control = [](char c) { return c != '\n' && static_cast<unsigned char>(c) < 0x20; };
  require(std::none_of(shown.begin(), shown.end(), is_control));
  if (!loaded.mistakes.empty()) {
    const auto lines = std::count(shown.begin(), shown.end(), '\n');
    require(lines + 1 == static_cast<std::ptrdiff_t>(loaded.mistakes.size()));
    return;
  }
  require(!loaded.profile.name.empty());
  require(loaded.profile.closure.size() == loaded.profile.extends_paths.size() + 1);
  const devbox::profile::Variables variables{"/home/me", "/src", "/p", [](std::string_view) {
                                               return std::optional<std::string>("value");
                                             }};
  for (const auto& mount : loaded.profile.mounts) {
    const auto target = expand(mount.target, variables);
    require(target.mistake.empty() && target.text.starts_with('/') && target.text != "/");
    require(expand(mount.source, variables).mistake.empty());
  }
  for (const auto& [name, value] : loaded.profile.env.set) {
    require(!name.empty() && expand(value, variables).mistake.empty());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::vector<std::string> parts =
      parts_of(std::string_view(reinterpret_cast<const char*>(data), size));
  check(devbox::profile::load(
      {"/p/0/devbox.toml", parts[0]},
      [&](std::string_view reference, const std::string&) { return find(parts, reference); }));
  return 0;
}
