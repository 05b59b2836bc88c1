#include "commands/stats_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "commands/columns.hpp"
#include "util/amount.hpp"
#include "util/text.hpp"

namespace devbox::commands {
namespace {

using Count = host::Counters::Count;

constexpr std::size_t kLongestName = 12;
constexpr std::size_t kLeastBar = 4;  // with its brackets
constexpr std::size_t kMostBar = 14;
constexpr std::size_t kCommandWanted = 9;
constexpr const char* kUnknown = "-";

// In order; a bar is as wide as there is room, the command is what is left.
struct Column {
  const char* head;
  Side side;
};
constexpr std::array kColumns = {
    Column{"NAME", Side::left},     Column{"ID", Side::right},    Column{"AGE", Side::right},
    Column{"CPU", Side::right},     Column{"", Side::left},       Column{"MEMORY", Side::right},
    Column{"", Side::left},         Column{"PROCS", Side::right}, Column{"READ/s", Side::right},
    Column{"WRITE/s", Side::right}, Column{"COMMAND", Side::left}};
constexpr std::size_t kCpuBar = 4;
constexpr std::size_t kMemoryBar = 6;
constexpr std::size_t kCommand = 10;

struct Row {
  std::array<std::string, kColumns.size()> text;
  std::optional<double> cpu, memory;  // shares of their limits
};

double as_number(std::uint64_t count) { return static_cast<double>(count); }

// What was counted in a second; nothing where that is not known. A counter never goes back.
std::optional<double> rate(const Count& before, const Count& now, std::uint64_t interval) {
  if (!before || !now || interval == 0 || *now < *before) return std::nullopt;
  return as_number(*now - *before) * 1e6 / as_number(interval);
}

std::string rate_text(const Count& before, const Count& now, std::uint64_t interval) {
  const std::optional<double> in_a_second = rate(before, now, interval);
  return in_a_second ? short_size(static_cast<std::uint64_t>(*in_a_second)) : kUnknown;
}

std::string percent_text(double share) {
  constexpr double kTenth = 0.0995;
  return share < kTenth ? fmt::format("{:.1f}%", share * 100) : fmt::format("{:.0f}%", share * 100);
}

template <class Text>
std::string against(const Count& count, const Count& most, Text text) {
  if (!count) return kUnknown;
  return most ? fmt::format("{}/{}", text(*count), text(*most)) : text(*count);
}

Row row_of(const BoxUse& box) {
  const host::Counters& now = box.counters;
  const host::Counters& before = box.before;
  const std::optional<double> cpu = rate(before.cpu_time, now.cpu_time, box.interval);
  Row row;
  if (cpu && now.cpu_quota && now.cpu_period.value_or(0) > 0)
    row.cpu = *cpu / 1e6 / (as_number(*now.cpu_quota) / as_number(*now.cpu_period));
  if (now.memory && now.memory_max.value_or(0) > 0)
    row.memory = as_number(*now.memory) / as_number(*now.memory_max);
  row.text = {cut(printable(box.record.name), kLongestName),
              printable(box.id),
              short_age(box.age),
              cpu ? percent_text(*cpu / 1e6) : kUnknown,
              "",
              against(now.memory, now.memory_max, short_size),
              "",
              against(now.pids, now.pids_max, [](std::uint64_t n) { return std::to_string(n); }),
              rate_text(before.read_bytes, now.read_bytes, box.interval),
              rate_text(before.written_bytes, now.written_bytes, box.interval),
              printable(box.record.command)};
  return row;
}

using Widths = std::array<std::size_t, kColumns.size()>;

// Of the texts; the bars and the command are still to have theirs.
Widths text_widths(const std::vector<Row>& rows) {
  Widths widths{};
  for (std::size_t i = 0; i < kColumns.size(); ++i) {
    widths[i] = width_of(kColumns[i].head);
    for (const Row& row : rows) widths[i] = std::max(widths[i], width_of(row.text[i]));
  }
  widths[kCommand] = 0;
  return widths;
}

// Each column but the first has a space before it, if it has a width.
std::size_t sum(const Widths& widths) {
  std::size_t all = 0;
  for (const std::size_t width : widths) all += width == 0 ? 0 : width + 1;
  return all == 0 ? 0 : all - 1;
}

Widths fit(const std::vector<Row>& rows, std::size_t columns) {
  Widths widths = text_widths(rows);
  const auto has = [&](std::optional<double> Row::*share) {
    return std::any_of(rows.begin(), rows.end(), [&](const Row& row) { return row.*share; });
  };
  const bool cpu = has(&Row::cpu);
  const bool memory = has(&Row::memory);
  const std::size_t bars = std::size_t{cpu} + std::size_t{memory};
  const std::size_t taken = sum(widths) + bars;
  if (bars > 0 && columns >= taken + bars * kLeastBar) {
    const std::size_t wanted = taken + 1 + kCommandWanted;
    const std::size_t room = columns - std::min(columns, wanted);
    const std::size_t cells = std::clamp(room / bars, kLeastBar, kMostBar);
    if (cpu) widths[kCpuBar] = cells;
    if (memory) widths[kMemoryBar] = cells;
  }
  // What does not fit goes from behind.
  for (std::size_t i = kColumns.size() - 1; i > 0 && sum(widths) > columns; --i) widths[i] = 0;
  widths[0] = std::min(widths[0], columns);
  const std::size_t left = columns - sum(widths);
  constexpr std::size_t kLeastCommand = 4;
  if (widths[kCommand - 1] > 0 && left > kLeastCommand) widths[kCommand] = left - 1;
  return widths;
}

const char* colour_of(double share) {
  constexpr double kMuch = 0.75;
  constexpr double kNearlyAll = 0.9;
  return share < kMuch ? "\x1b[32m" : share < kNearlyAll ? "\x1b[33m" : "\x1b[31m";
}

std::string bar_text(const std::optional<double>& share, std::size_t cells, bool colours) {
  if (!share) return std::string(cells, ' ');
  std::string text = bar(*share, cells);
  if (!colours) return text;
  return fmt::format("[{}{}\x1b[0m]", colour_of(*share), text.substr(1, text.size() - 2));
}

std::string line_of(const std::array<std::string, kColumns.size()>& cells, const Widths& widths) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (widths[i] > 0) line += (line.empty() ? "" : " ") + cells[i];
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

}  // namespace

std::string bar(double share, std::size_t cells) {
  if (cells < kLeastBar) return {};
  const std::size_t all = cells - 2;
  const double full = std::clamp(share, 0.0, 1.0) * as_number(all);
  const auto filled = static_cast<std::size_t>(std::lround(full));
  return fmt::format("[{}{}]", std::string(filled, '|'), std::string(all - filled, ' '));
}

std::string short_size(std::uint64_t bytes) {
  if (bytes == 0) return "0";
  const std::string text = rough_size(bytes);
  const std::size_t space = text.find(' ');
  std::string number = text.substr(0, space);
  if (number.find('.') != std::string::npos) {
    number.erase(number.find_last_not_of('0') + 1);
    if (number.back() == '.') number.pop_back();
  }
  return number + (text[space + 1] == 'b' ? 'B' : text[space + 1]);
}

std::string short_age(std::uint64_t microseconds) {
  constexpr std::uint64_t kMinute = 60;
  constexpr std::uint64_t kHour = 60 * kMinute;
  constexpr std::uint64_t kDay = 24 * kHour;
  const std::uint64_t seconds = microseconds / 1'000'000;
  if (seconds < 2 * kMinute) return fmt::format("{}s", seconds);
  if (seconds < 2 * kHour) return fmt::format("{}m", seconds / kMinute);
  if (seconds < 2 * kDay) return fmt::format("{}h", seconds / kHour);
  return fmt::format("{}d", seconds / kDay);
}

std::vector<std::string> stats_table(const std::vector<BoxUse>& boxes, const Width& width) {
  std::vector<Row> rows;
  rows.reserve(boxes.size());
  for (const BoxUse& box : boxes) rows.push_back(row_of(box));
  const Widths widths = fit(rows, width.columns);
  const auto in_columns = [&](const std::array<std::string, kColumns.size()>& texts) {
    std::array<std::string, kColumns.size()> cells;
    for (std::size_t i = 0; i < kColumns.size(); ++i)
      cells[i] = padded(cut(texts[i], widths[i]), widths[i], kColumns[i].side);
    return cells;
  };
  std::array<std::string, kColumns.size()> heads;
  std::transform(kColumns.begin(), kColumns.end(), heads.begin(),
                 [](const Column& column) { return column.head; });
  std::vector<std::string> lines = {line_of(in_columns(heads), widths)};
  for (const Row& row : rows) {
    auto cells = in_columns(row.text);
    if (widths[kCpuBar] > 0) cells[kCpuBar] = bar_text(row.cpu, widths[kCpuBar], width.colours);
    if (widths[kMemoryBar] > 0)
      cells[kMemoryBar] = bar_text(row.memory, widths[kMemoryBar], width.colours);
    lines.push_back(line_of(cells, widths));
  }
  return lines;
}

std::string uncounted_text(std::size_t count) {
  if (count == 0) return {};
  return fmt::format("{} more box{} uncounted: `--stats` or a limit at its start counts it", count,
                     count == 1 ? " runs" : "es run");
}

}  // namespace devbox::commands
