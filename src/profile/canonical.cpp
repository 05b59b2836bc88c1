#include "profile/canonical.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "profile/checks.hpp"
#include "profile/schema.hpp"
#include "profile/variables.hpp"
#include "util/path.hpp"

namespace devbox::profile {

namespace {

struct Paths {
  std::string_view table;  // its key in the document
  std::string_view what;   // what a key of it names
  TextCheck check;         // of a key; one with a mistake is left as it is
};

struct Written {
  Node node;
  std::string key;  // before it got its normal form
};

bool comes_before(const Written& a, const Written& b) {
  return a.node.key != b.node.key ? a.node.key < b.node.key : a.node.key_at < b.node.key_at;
}

std::string normal_key(const std::string& key, const Paths& paths, const std::string& directory) {
  return paths.check(key).empty() ? path::normal(with_profile_dir(key, directory)) : key;
}

std::string shown(const Paths& paths, std::string_view key) {
  return fmt::format("`{}.{}`", paths.table, shown_key(key));
}

// `entries` sorted; of those with the same key the first stays.
std::vector<Node> without_doubles(std::vector<Written> entries, const Paths& paths,
                                  Report& report) {
  std::vector<Node> kept;
  kept.reserve(entries.size());
  const Written* last = nullptr;
  for (Written& entry : entries) {
    if (last != nullptr && kept.back().key == entry.node.key) {
      report.add(entry.node.key_at,
                 fmt::format("{} is the same {} as {} on line {}", shown(paths, entry.key),
                             paths.what, shown(paths, last->key), kept.back().key_at.line));
      continue;
    }
    if (entry.node.key == "/" && entry.key != "/") {
      report.add(entry.node.key_at, fmt::format("{} must not be \"/\"", shown(paths, entry.key)));
    }
    last = &entry;
    kept.push_back(std::move(entry.node));
  }
  return kept;
}

void rename_keys(Node* table, const Paths& paths, const std::string& directory, Report& report) {
  if (table == nullptr || !table->is_table()) return;
  std::vector<Node>& children = table->children;
  std::vector<std::string> normal;
  normal.reserve(children.size());
  for (const Node& child : children) normal.push_back(normal_key(child.key, paths, directory));
  const auto is_normal = [](const Node& child, const std::string& key) { return child.key == key; };
  // As a rule: then they are sorted already, and no two are the same.
  if (std::equal(children.begin(), children.end(), normal.begin(), is_normal)) return;

  std::vector<Written> entries;
  entries.reserve(children.size());
  for (std::size_t i = 0; i < children.size(); ++i) {
    std::string written = std::exchange(children[i].key, std::move(normal[i]));
    entries.push_back({std::move(children[i]), std::move(written)});
  }
  std::sort(entries.begin(), entries.end(), comes_before);
  children = without_doubles(std::move(entries), paths, report);
}

}  // namespace

void make_canonical(Node& document, const std::string& directory, Report& report) {
  rename_keys(document.find("mounts"), {"mounts", "target", check_target}, directory, report);
  if (Node* home = document.find("home")) {
    rename_keys(home->find("share"), {"home.share", "path", check_share}, directory, report);
  }
}

}  // namespace devbox::profile
