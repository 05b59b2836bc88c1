#include "commands/text_table.hpp"

#include <algorithm>
#include <iterator>

#include "commands/columns.hpp"

namespace devbox::commands {
namespace {

using Widths = std::vector<std::size_t>;

constexpr std::size_t kBetween = 2;  // spaces, between two columns
constexpr std::size_t kLeast = 8;    // what a column but the first keeps

std::size_t sum(const Widths& widths) {
  std::size_t all = 0;
  for (const std::size_t width : widths) all += width == 0 ? 0 : width + kBetween;
  return all - std::min(all, kBetween);
}

Widths fit(const std::vector<TableRow>& rows, std::size_t columns) {
  const TableRow& heads = rows.front();
  Widths widths(heads.size(), 0);
  for (std::size_t i = 0; i < widths.size(); ++i) {
    for (auto row = std::next(rows.begin()); row != rows.end(); ++row)
      widths[i] = std::max(widths[i], width_of((*row)[i]));
    if (widths[i] > 0 || rows.size() == 1) widths[i] = std::max(widths[i], width_of(heads[i]));
  }
  while (sum(widths) > columns) {
    std::size_t& widest = *std::max_element(std::next(widths.begin()), widths.end());
    if (widest <= kLeast) break;
    --widest;
  }
  return widths;
}

std::string line_of(const TableRow& row, const Widths& widths) {
  std::string line;
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (widths[i] == 0) continue;
    if (!line.empty()) line += std::string(kBetween, ' ');
    line += padded(cut(row[i], widths[i]), widths[i], Side::left);
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

}  // namespace

std::vector<std::string> text_table(const std::vector<TableRow>& rows, std::size_t columns) {
  const Widths widths = fit(rows, columns);
  std::vector<std::string> lines;
  lines.reserve(rows.size());
  for (const TableRow& row : rows) lines.push_back(line_of(row, widths));
  return lines;
}

}  // namespace devbox::commands
