#include "commands/changes_text.hpp"

#include <fmt/format.h>

#include <cctype>

#include "commands/columns.hpp"
#include "util/amount.hpp"
#include "util/text.hpp"

namespace devbox::commands {
namespace {

struct Sum {
  std::size_t names = 0;
  std::uint64_t bytes = 0;
};

Sum sum_of(const std::vector<store::WrittenChange>& changes, const char* kind) {
  Sum sum;
  for (const store::WrittenChange& change : changes) {
    if (change.change != kind) continue;
    ++sum.names;
    sum.bytes += change.size;
  }
  return sum;
}

std::string details_of(const store::WrittenChange& change) {
  if (change.what.empty()) return {};
  std::string text = fmt::format("  {}", fmt::join(change.what, ", "));
  if (!change.text.empty()) text += fmt::format(" ({})", change.text);
  return text;
}

std::string part_of(const std::vector<store::WrittenChange>& changes, const char* kind) {
  const Sum sum = sum_of(changes, kind);
  if (sum.names == 0) return {};
  std::string text = fmt::format(", {} {}", sum.names, kind);
  if (sum.bytes > 0) text += fmt::format(" ({})", rough_size(sum.bytes));
  return text;
}

}  // namespace

std::string changes_text(const std::vector<store::WrittenChange>& changes) {
  constexpr std::size_t kSizeWidth = 10;
  std::string text;
  for (const store::WrittenChange& change : changes) {
    const bool has_size = change.type == "file" && change.change != "deleted";
    const std::string size = has_size ? rough_size(change.size) : "";
    const int letter =
        std::toupper(static_cast<unsigned char>(change.change.empty() ? '?' : change.change[0]));
    text += fmt::format(
        "{}  {}  {}{}\n", static_cast<char>(letter), padded(size, kSizeWidth, Side::right),
        printable(change.path) + (change.type == "directory" && change.path != "/" ? "/" : ""),
        printable(details_of(change)));
  }
  return text;
}

Json changes_json(const std::vector<store::WrittenChange>& changes) {
  Json list = Json::array();
  for (const store::WrittenChange& change : changes) {
    list.push_back({{"path", change.path},
                    {"change", change.change},
                    {"type", change.type},
                    {"size", change.size},
                    {"what", change.what}});
  }
  return list;
}

std::string changes_summary(const std::vector<store::WrittenChange>& changes) {
  std::string text;
  for (const char* kind : {"added", "changed", "deleted"}) text += part_of(changes, kind);
  return text.empty() ? "nothing differs from the image" : text.substr(2);
}

}  // namespace devbox::commands
