#include "profile/moved.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "util/text.hpp"

namespace devbox::profile {
namespace {

std::string digest_text(const std::string& hex) { return hex.empty() ? hex : "sha256:" + hex; }

void compare(std::vector<Moved>& all, const std::string& what, const std::string& before,
             const std::string& now) {
  if (before != now) all.push_back({what, before, now});
}

void compare_packages(std::vector<Moved>& all, const LockedImage& before, const LockedImage& now) {
  std::map<std::string, std::pair<std::string, std::string>> versions;
  for (const LockedPackage& package : before.installed)
    versions[package.name].first = package.version;
  for (const LockedPackage& package : now.installed)
    versions[package.name].second = package.version;
  for (const auto& [name, pair] : versions) compare(all, name, pair.first, pair.second);
}

// How many of the lowest are the same.
std::size_t common_layers(const std::vector<std::string>& before,
                          const std::vector<std::string>& now) {
  const auto end = std::mismatch(before.begin(), before.end(), now.begin(), now.end()).first;
  return static_cast<std::size_t>(end - before.begin());
}

void compare_manifests(std::vector<Moved>& all, const std::string& platform,
                       const LockedImage& before, const LockedImage& now) {
  if (before.manifest == now.manifest) return;
  all.push_back({platform, digest_text(before.manifest), digest_text(now.manifest),
                 common_layers(before.layers, now.layers), now.layers.size()});
}

const LockedImage& of(const Lock& lock, const std::string& platform) {
  static const LockedImage kNone;
  const auto found = lock.platforms.find(platform);
  return found == lock.platforms.end() ? kNone : found->second;
}

}  // namespace

std::string Moved::text() const {
  const auto shown = [](const std::string& value) {
    return value.empty() ? std::string("-") : printable(value);
  };
  std::string text = fmt::format("{}  {} -> {}", printable(what), shown(before), shown(now));
  if (layers == 0 || before.empty()) return text;
  return text + fmt::format("  {} of {} layers are the same", same_layers, layers);
}

std::vector<Moved> moved(const Lock& before, const Lock& now) {
  std::set<std::string> platforms;
  for (const auto& [name, image] : before.platforms) platforms.insert(name);
  for (const auto& [name, image] : now.platforms) platforms.insert(name);
  std::vector<Moved> all;
  for (const std::string& name : platforms) {
    const LockedImage& was = of(before, name);
    const LockedImage& is = of(now, name);
    compare_packages(all, was, is);
    compare(all, "archive", digest_text(was.archive), digest_text(is.archive));
  }
  const bool is_manifest = std::any_of(platforms.begin(), platforms.end(), [&](const auto& name) {
    return of(before, name).manifest == before.index && of(now, name).manifest == now.index;
  });
  if (!is_manifest) compare(all, "index", digest_text(before.index), digest_text(now.index));
  for (const std::string& name : platforms)
    compare_manifests(all, name, of(before, name), of(now, name));
  return all;
}

}  // namespace devbox::profile
