#include "commands/tasks_table.hpp"

#include <algorithm>
#include <array>
#include <iterator>

#include "commands/columns.hpp"
#include "util/text.hpp"

namespace devbox::commands {
namespace {

using Row = std::array<std::string, 4>;
using Widths = std::array<std::size_t, std::tuple_size_v<Row>>;

constexpr std::size_t kBetween = 2;  // spaces, between two columns
constexpr std::size_t kLeast = 8;    // what a column but the first keeps
const Row kHeads = {"NAME", "DESCRIPTION", "NEEDS", "OUTPUTS"};

std::string list(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return printable(text);
}

std::size_t sum(const Widths& widths) {
  std::size_t all = 0;
  for (const std::size_t width : widths) all += width == 0 ? 0 : width + kBetween;
  return all - std::min(all, kBetween);
}

Widths fit(const std::vector<Row>& rows, std::size_t columns) {
  Widths widths{};
  for (std::size_t i = 0; i < widths.size(); ++i) {
    for (const Row& row : rows) widths[i] = std::max(widths[i], width_of(row[i]));
    if (widths[i] > 0) widths[i] = std::max(widths[i], width_of(kHeads[i]));
  }
  while (sum(widths) > columns) {
    std::size_t& widest = *std::max_element(std::next(widths.begin()), widths.end());
    if (widest <= kLeast) break;
    --widest;
  }
  return widths;
}

std::string line_of(const Row& row, const Widths& widths) {
  std::string line;
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (widths[i] == 0) continue;
    if (!line.empty()) line += std::string(kBetween, ' ');
    line += padded(cut(row[i], widths[i]), widths[i], Side::left);
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

// The first line that says something, without the spaces around it.
std::string first_line(const std::string& script) {
  for (const std::string& line : split(script, '\n')) {
    const std::size_t begin = line.find_first_not_of(" \t\r");
    if (begin == std::string::npos) continue;
    return line.substr(begin, line.find_last_not_of(" \t\r") + 1 - begin);
  }
  return {};
}

}  // namespace

std::string purpose(const profile::Task& task) {
  if (!task.description.empty()) return printable(first_line(task.description));
  if (profile::is_script(task.run)) return printable(first_line(task.run.back()));
  return command_text(task.run);
}

std::vector<std::string> tasks_table(const std::vector<profile::Task>& tasks, std::size_t columns) {
  std::vector<Row> rows;
  rows.reserve(tasks.size());
  for (const profile::Task& task : tasks)
    rows.push_back({task.name, purpose(task), list(task.needs), list(task.outputs)});
  const Widths widths = fit(rows, columns);
  std::vector<std::string> lines = {line_of(kHeads, widths)};
  for (const Row& row : rows) lines.push_back(line_of(row, widths));
  return lines;
}

Json tasks_json(const std::vector<profile::Task>& tasks) {
  Json all = Json::array();
  for (const profile::Task& task : tasks) {
    Json env = Json::object();
    for (const auto& [name, value] : task.env) env[name] = value;
    all.push_back({{"name", task.name},
                   {"description", task.description},
                   {"run", task.run},
                   {"needs", task.needs},
                   {"inputs", task.inputs},
                   {"outputs", task.outputs},
                   {"env", env},
                   {"cwd", task.cwd},
                   {"hermetic", task.hermetic},
                   {"untracked", task.untracked},
                   {"cache", task.cache},
                   {"build_path", task.build_path},
                   {"at", task.at.text()}});
  }
  return all;
}

}  // namespace devbox::commands
