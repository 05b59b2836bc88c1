#include "profile/canonical.hpp"

#include <algorithm>
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

std::vector<Written> sorted_by_normal_key(Node& table, const Paths& paths,
                                          const std::string& directory) {
  std::vector<Written> entries;
  for (Node& child : table.children) {
    std::string written = child.key;
    if (paths.check(written).empty())
      child.key = path::normal(with_profile_dir(written, directory));
    entries.push_back({std::move(child), std::move(written)});
  }
  std::sort(entries.begin(), entries.end(), comes_before);
  return entries;
}

void rename_keys(Node* table, const Paths& paths, const std::string& directory, Report& report) {
  if (table == nullptr || !table->is_table()) return;
  std::vector<Written> entries = sorted_by_normal_key(*table, paths, directory);
  table->children.clear();
  const Written* last = nullptr;
  for (Written& entry : entries) {
    const std::string shown = fmt::format("`{}.{}`", paths.table, shown_key(entry.key));
    if (last != nullptr && table->children.back().key == entry.node.key) {
      const Where first = table->children.back().key_at;
      report.add(entry.node.key_at,
                 fmt::format("{} is the same {} as `{}.{}` on line {}", shown, paths.what,
                             paths.table, shown_key(last->key), first.line));
      continue;
    }
    if (entry.node.key == "/" && entry.key != "/") {
      report.add(entry.node.key_at, fmt::format("{} must not be \"/\"", shown));
    }
    last = &entry;
    table->children.push_back(std::move(entry.node));
  }
}

}  // namespace

void make_canonical(Node& document, const std::string& directory, Report& report) {
  rename_keys(document.find("mounts"), {"mounts", "target", check_target}, directory, report);
  if (Node* home = document.find("home")) {
    rename_keys(home->find("share"), {"home.share", "path", check_share}, directory, report);
  }
}

}  // namespace devbox::profile
