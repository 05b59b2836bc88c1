#include "profile/mount_rules.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "profile/schema.hpp"

namespace devbox::profile {

namespace {

struct Rule {
  std::string_view type;
  std::array<std::string_view, 3> keys;  // besides `type`; empty ones stand at the end
  bool needs_first;                      // the first key must be there
};

constexpr Rule kRules[] = {
    {"bind", {"source", "mode", "optional"}, true},
    {"tmpfs", {"size", "mode"}, false},
    {"file", {"content"}, true},
    {"symlink", {"source"}, true},
    {"mask", {}, false},
};

bool takes(const Rule& rule, std::string_view key) {
  return key == "type" || std::find(rule.keys.begin(), rule.keys.end(), key) != rule.keys.end();
}

// "`source`, `mode` and `optional` alone", or "no other key".
std::string list_of(const Rule& rule) {
  std::string list;
  for (std::size_t i = 0; i < rule.keys.size() && !rule.keys[i].empty(); ++i) {
    const bool is_last = i + 1 == rule.keys.size() || rule.keys[i + 1].empty();
    if (i > 0) list += is_last ? " and " : ", ";
    list += fmt::format("`{}`", rule.keys[i]);
  }
  return list.empty() ? "no other key" : list + " alone";
}

// nullptr of a type that is not known, or not supported yet.
const Rule* rule_of(const Node& mount) {
  const Node* type = mount.find("type");
  if (type == nullptr) return &kRules[0];
  const auto is_type = [&](const Rule& rule) { return rule.type == type->text; };
  const auto found = std::find_if(std::begin(kRules), std::end(kRules), is_type);
  return found != std::end(kRules) ? &*found : nullptr;
}

// Unknown keys have been reported already.
bool is_mount_key(std::string_view key) {
  return find_key(keys_of("mounts.TARGET"), key) != nullptr;
}

std::string shown(const Node& mount) { return "mounts." + shown_key(mount.key); }

void check_mount(const Node& mount, const Rule& rule, Report& report) {
  for (const Node& child : mount.children) {
    if (takes(rule, child.key) || !is_mount_key(child.key)) continue;
    report.add(child.key_at, fmt::format("`{}.{}`: a mount of type \"{}\" takes {}", shown(mount),
                                         child.key, rule.type, list_of(rule)));
  }
  // Of a mount with an unknown key nothing is missing: the key may be a misspelt one.
  if (mount.valid && rule.needs_first && mount.find(rule.keys[0]) == nullptr) {
    report.add(mount.key_at, fmt::format("`{}` needs `{}`: its type is \"{}\"", shown(mount),
                                         rule.keys[0], rule.type));
  }
}

}  // namespace

void check_mounts(const Node& document, Report& report) {
  const Node* mounts = document.find("mounts");
  if (mounts == nullptr || !mounts->is_table()) return;
  for (const Node& mount : mounts->children) {
    const Rule* rule = mount.is_table() ? rule_of(mount) : nullptr;
    if (rule != nullptr) check_mount(mount, *rule, report);
  }
}

}  // namespace devbox::profile
