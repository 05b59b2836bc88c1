#include "editor/diff.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace devbox::editor {
namespace {

constexpr std::size_t kContext = 3;
constexpr std::size_t kMostCells = 4'000'000;  // of the table; larger middles are replaced whole

// Each with its line break, but perhaps the last.
std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return lines;
}

struct Line {
  char sign;
  std::string_view text;
};

using Lines = std::vector<std::string_view>;

// The longest common subsequence, by the table that everybody knows.
void compare(const Lines& a, const Lines& b, std::vector<Line>& out) {
  const std::size_t width = b.size() + 1;
  std::vector<unsigned> longest;
  if (a.size() * b.size() <= kMostCells) longest.resize((a.size() + 1) * width);
  for (std::size_t i = longest.empty() ? 0 : a.size(); i-- > 0;) {
    for (std::size_t j = b.size(); j-- > 0;) {
      longest[i * width + j] =
          a[i] == b[j] ? longest[(i + 1) * width + j + 1] + 1
                       : std::max(longest[(i + 1) * width + j], longest[i * width + j + 1]);
    }
  }
  std::size_t i = 0, j = 0;
  while (i < a.size() || j < b.size()) {
    if (i < a.size() && j < b.size() && a[i] == b[j] && !longest.empty()) {
      out.push_back({' ', a[i]});
      ++i, ++j;
    } else if (i < a.size() && (j == b.size() || longest.empty() ||
                                longest[(i + 1) * width + j] >= longest[i * width + j + 1])) {
      out.push_back({'-', a[i++]});
    } else {
      out.push_back({'+', b[j++]});
    }
  }
}

std::vector<Line> compared(const Lines& a, const Lines& b) {
  const std::size_t most = std::min(a.size(), b.size());
  std::size_t head = 0, tail = 0;
  while (head < most && a[head] == b[head]) ++head;
  while (tail < most - head && a[a.size() - 1 - tail] == b[b.size() - 1 - tail]) ++tail;
  const auto middle = [&](const Lines& lines) {
    return Lines(lines.begin() + static_cast<std::ptrdiff_t>(head),
                 lines.end() - static_cast<std::ptrdiff_t>(tail));
  };
  std::vector<Line> all;
  for (std::size_t i = 0; i < head; ++i) all.push_back({' ', a[i]});
  compare(middle(a), middle(b), all);
  for (std::size_t i = a.size() - tail; i < a.size(); ++i) all.push_back({' ', a[i]});
  return all;
}

std::string range(std::size_t begin, std::size_t count) {
  if (count == 1) return fmt::format("{}", begin + 1);
  return fmt::format("{},{}", count == 0 ? begin : begin + 1, count);
}

std::string hunk(const std::vector<Line>& lines, std::size_t first, std::size_t last) {
  std::size_t counts[4] = {};  // old lines before and in it, new ones
  std::string text;
  for (std::size_t i = 0; i < last; ++i) {
    const std::size_t in = i < first ? 0 : 1;
    if (lines[i].sign != '+') ++counts[in];
    if (lines[i].sign != '-') ++counts[2 + in];
    if (in == 0) continue;
    text += lines[i].sign;
    text += lines[i].text;
    if (!lines[i].text.ends_with('\n')) text += "\n\\ No newline at end of file\n";
  }
  return fmt::format("@@ -{} +{} @@\n{}", range(counts[0], counts[1]), range(counts[2], counts[3]),
                     text);
}

}  // namespace

std::string unified_diff(std::string_view before, std::string_view after, std::string_view name,
                         bool is_new) {
  if (before == after) return {};
  const std::vector<Line> lines = compared(lines_of(before), lines_of(after));
  std::string text =
      fmt::format("--- {}\n+++ {}\n", is_new ? std::string_view("/dev/null") : name, name);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].sign == ' ') continue;
    const std::size_t first = i - std::min(i, kContext);
    std::size_t same = 0;  // lines since the last that differs
    std::size_t end = i;
    for (; end < lines.size() && same <= 2 * kContext; ++end)
      same = lines[end].sign == ' ' ? same + 1 : 0;
    const std::size_t last = end - std::max(same, kContext) + kContext;
    text += hunk(lines, first, std::min(last, end));
    i = end - 1;
  }
  return text;
}

}  // namespace devbox::editor
