#include "profile/load.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "profile/convert.hpp"
#include "profile/family.hpp"
#include "profile/limit_rules.hpp"
#include "profile/merge.hpp"
#include "profile/mount_rules.hpp"
#include "profile/report.hpp"
#include "profile/schema.hpp"
#include "profile/task_rules.hpp"
#include "util/text.hpp"

namespace devbox::profile {

namespace {

Node merged(std::vector<Node> documents, const std::vector<std::uint32_t>& order) {
  Node result;
  for (const std::uint32_t file : order)
    result = merge(std::move(result), std::move(documents[file]));
  return result;
}

}  // namespace

Loaded load(Text text, const Finder& find) {
  Report report;
  Family family = read_family(std::move(text), find, report);
  Node document = merged(std::move(family.documents), family.order);
  if (family.complete) {  // else what a mount or a limit lacks may be in a missing base
    check_limits(document, report);
    check_mounts(document, report);
    check_tasks(document, report);
  }
  Loaded loaded;
  loaded.mistakes = report.in_order(family.files);
  if (loaded.mistakes.empty())
    loaded.profile = convert(std::move(document), std::move(family.files));
  return loaded;
}

std::string describe(const std::vector<Mistake>& mistakes) {
  std::string text;
  for (const Mistake& mistake : mistakes) {
    if (!text.empty()) text += '\n';
    text += printable(fmt::format("{}: {}", mistake.at.text(), mistake.message));
  }
  return text;
}

std::vector<std::string> known_keys() {
  std::vector<std::string> keys;
  for (const Key& key : schema()) {
    const bool holds_keys = !key_names(key.path).empty();
    if (!holds_keys) keys.emplace_back(key.path);
  }
  std::sort(keys.begin(), keys.end());
  return keys;
}

}  // namespace devbox::profile
