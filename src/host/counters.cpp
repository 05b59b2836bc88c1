#include "host/counters.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "host/files.hpp"
#include "util/fd.hpp"
#include "util/text.hpp"

namespace devbox::host {
namespace {

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, err] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (err != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// The files of one group, opened before any is read: a group that goes meanwhile answers ENODEV,
// and what was read stays.
class Group {
 public:
  explicit Group(const std::string& path)
      : directory_(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {}

  std::string text(const char* file) const {
    return directory_ ? kernel_text(directory_.get(), file) : std::string();
  }

  // Of a disk that it has not used there is no line.
  std::string io_stat() const {
    const bool is_there = directory_ && ::faccessat(directory_.get(), "io.stat", F_OK, 0) == 0;
    return text("io.stat") + (is_there ? " rbytes=0 wbytes=0 rios=0 wios=0" : "");
  }

  std::optional<std::uint64_t> value(const char* file) const { return number(text(file)); }

 private:
  Fd directory_;
};

}  // namespace

std::optional<std::uint64_t> flat_value(std::string_view text, std::string_view key) {
  for (const std::string& line : split(text, '\n')) {
    const std::size_t space = line.find(' ');
    if (space != std::string::npos && std::string_view(line).substr(0, space) == key)
      return number(std::string_view(line).substr(space + 1));
  }
  return std::nullopt;
}

std::optional<std::uint64_t> io_sum(std::string_view text, std::string_view key) {
  std::optional<std::uint64_t> sum;
  for (const std::string& line : split(text, '\n')) {
    for (const std::string& word : split(line, ' ')) {
      const std::size_t equals = word.find('=');
      if (equals == std::string::npos || std::string_view(word).substr(0, equals) != key) continue;
      if (const auto value = number(std::string_view(word).substr(equals + 1)))
        sum = sum.value_or(0) + *value;
    }
  }
  return sum;
}

std::optional<std::uint64_t> stall_total(std::string_view text) {
  for (const std::string& line : split(text, '\n')) {
    if (!line.starts_with("some ")) continue;
    const std::size_t total = line.find("total=");
    if (total != std::string::npos)
      return number(std::string_view(line).substr(total + std::string_view("total=").size()));
  }
  return std::nullopt;
}

Felt read_felt(const std::string& directory) {
  const Group group(directory);
  const std::string cpu = group.text("cpu.stat");
  Felt felt;
  felt.oom_kills = flat_value(group.text("memory.events"), "oom_kill").value_or(0);
  felt.pids_max_hits = flat_value(group.text("pids.events"), "max").value_or(0);
  felt.cpu_periods = flat_value(cpu, "nr_periods").value_or(0);
  felt.cpu_throttled_periods = flat_value(cpu, "nr_throttled").value_or(0);
  felt.cpu_throttled = flat_value(cpu, "throttled_usec").value_or(0);
  return felt;
}

std::string word_of(const Felt& felt) {
  return fmt::format("{},{},{},{},{}", felt.oom_kills, felt.pids_max_hits, felt.cpu_periods,
                     felt.cpu_throttled_periods, felt.cpu_throttled);
}

std::optional<Felt> felt_of(std::string_view word) {
  std::array<std::uint64_t, 5> values{};
  const std::vector<std::string> parts = split(word, ',');
  if (parts.size() != values.size()) return std::nullopt;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::optional<std::uint64_t> value = number(parts[i]);
    if (!value) return std::nullopt;
    values[i] = *value;
  }
  const auto [kills, hits, periods, throttled_periods, throttled] = values;
  return Felt{kills, hits, periods, throttled_periods, throttled};
}

Counters since(Counters now, const Felt& then) {
  const auto subtract = [](Counters::Count& count, std::uint64_t before) {
    if (count) *count -= std::min(*count, before);
  };
  subtract(now.oom_kills, then.oom_kills);
  subtract(now.pids_max_hits, then.pids_max_hits);
  subtract(now.cpu_periods, then.cpu_periods);
  subtract(now.cpu_throttled_periods, then.cpu_throttled_periods);
  subtract(now.cpu_throttled, then.cpu_throttled);
  return now;
}

Counters read_counters(const std::string& directory) {
  const Group group(directory);
  Counters found;
  // First what is lost first: where the last process goes, so does the group.
  const std::string memory = group.text("memory.events");
  found.oom_kills = flat_value(memory, "oom_kill");
  found.memory_max_hits = flat_value(memory, "max");
  found.memory_high_hits = flat_value(memory, "high");
  found.pids_max_hits = flat_value(group.text("pids.events"), "max");
  found.memory = group.value("memory.current");
  found.memory_peak = group.value("memory.peak");
  found.memory_max = group.value("memory.max");
  found.swap = group.value("memory.swap.current");
  const std::string cpu = group.text("cpu.stat");
  found.cpu_time = flat_value(cpu, "usage_usec");
  found.cpu_periods = flat_value(cpu, "nr_periods");
  found.cpu_throttled_periods = flat_value(cpu, "nr_throttled");
  found.cpu_throttled = flat_value(cpu, "throttled_usec");
  const std::vector<std::string> quota = split(group.text("cpu.max"), ' ');
  found.cpu_quota = number(quota.front());
  found.cpu_period = number(quota.back());
  found.pids = group.value("pids.current");
  found.pids_peak = group.value("pids.peak");
  found.pids_max = group.value("pids.max");
  const std::string io = group.io_stat();
  found.read_bytes = io_sum(io, "rbytes");
  found.written_bytes = io_sum(io, "wbytes");
  found.read_operations = io_sum(io, "rios");
  found.written_operations = io_sum(io, "wios");
  found.cpu_stall = stall_total(group.text("cpu.pressure"));
  found.memory_stall = stall_total(group.text("memory.pressure"));
  found.io_stall = stall_total(group.text("io.pressure"));
  return found;
}

}  // namespace devbox::host
