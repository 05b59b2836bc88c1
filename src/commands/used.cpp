#include "commands/used.hpp"

#include <fmt/format.h>
#include <signal.h>

#include "util/amount.hpp"
#include "util/text.hpp"

namespace devbox::commands {
namespace {

using Count = host::Counters::Count;

// A shell tells the signal of its command in its own status.
bool was_killed(const Outcome& outcome) {
  return (outcome.how == "killed" && outcome.value == SIGKILL) ||
         (outcome.how == "exited" && outcome.value == 128 + SIGKILL) || outcome.how == "lost";
}

std::string memory_line(const host::Counters& counters, const launch::Record& record,
                        const Outcome& outcome) {
  const std::uint64_t kills = counters.oom_kills.value_or(0);
  if (kills == 0) return {};
  const std::string limit =
      counters.memory_max ? exact_size(*counters.memory_max) : record.limit("limits.memory");
  std::string line = was_killed(outcome) ? "killed" : fmt::format("{} processes killed", kills);
  if (!was_killed(outcome) && kills == 1) line = "a process was killed";
  line += limit.empty() ? ": the memory limit of a group above was reached"
                        : fmt::format(": memory limit of {} reached", limit);
  if (counters.memory_peak) line += fmt::format("; peak {}", rough_size(*counters.memory_peak));
  return line + "; raise [limits] memory";
}

// Of a group that went with its last process nothing is to be read. The kernel kills all of a box
// for limits.oom_group, or where no process of it gives enough back, as for what lies on a tmpfs.
std::string lost_line(const host::Counters& counters, const launch::Record& record,
                      const Outcome& outcome) {
  const std::string limit = record.limit("limits.memory");
  if (outcome.how != "lost" || counters.oom_kills || limit.empty()) return {};
  return fmt::format(
      "killed as a whole, and its group is gone with what it has counted: most likely the memory "
      "limit of {} was reached",
      limit);
}

std::string pids_line(const host::Counters& counters) {
  const std::uint64_t hits = counters.pids_max_hits.value_or(0);
  if (hits == 0) return {};
  return fmt::format(
      "{} no process could be started: the limit of {} processes was reached; raise "
      "[limits] pids",
      hits == 1 ? "once" : fmt::format("{} times", hits), counters.pids_max.value_or(0));
}

// A quota that is used up now and then is what it is for.
std::string throttled_line(const host::Counters& counters) {
  constexpr std::uint64_t kLong = 1'000'000;
  const std::uint64_t periods = counters.cpu_periods.value_or(0);
  const std::uint64_t throttled = counters.cpu_throttled_periods.value_or(0);
  if (counters.cpu_throttled.value_or(0) < kLong || throttled * 2 < periods) return {};
  const double cpus = static_cast<double>(counters.cpu_quota.value_or(0)) /
                      static_cast<double>(counters.cpu_period.value_or(1));
  return fmt::format(
      "held up for {} by the limit of {} processors, in {} of {} periods; raise "
      "[limits] cpus",
      rough_time(*counters.cpu_throttled), cpus, throttled, periods);
}

std::string or_unknown(const Count& count, std::string (*text)(std::uint64_t)) {
  return count ? text(*count) : "unknown";
}

std::string of_limit(const Count& most) {
  return most ? fmt::format(" of {}", exact_size(*most)) : std::string();
}

Json json_of(const Count& count) { return count ? Json(*count) : Json(nullptr); }

}  // namespace

std::vector<std::string> felt_limits(const host::Counters& counters, const launch::Record& record,
                                     const Outcome& outcome) {
  std::vector<std::string> lines;
  for (std::string line :
       {memory_line(counters, record, outcome), lost_line(counters, record, outcome),
        pids_line(counters), throttled_line(counters)}) {
    if (!line.empty()) lines.push_back(std::move(line));
  }
  return lines;
}

std::string used_text(const host::Counters& counters, std::uint64_t wall) {
  std::string text = fmt::format("time      {}\n", rough_time(wall));
  text += fmt::format("CPU       {}", or_unknown(counters.cpu_time, rough_time));
  if (counters.cpu_throttled.value_or(0) > 0)
    text += fmt::format(", held up for {}", rough_time(*counters.cpu_throttled));
  text += fmt::format("\nmemory    peak {}{}", or_unknown(counters.memory_peak, rough_size),
                      of_limit(counters.memory_max));
  if (counters.memory_max_hits.value_or(0) > 0)
    text += fmt::format(", {} times at the limit", *counters.memory_max_hits);
  text +=
      fmt::format("\ndisk      read {}, wrote {}\n", or_unknown(counters.read_bytes, rough_size),
                  or_unknown(counters.written_bytes, rough_size));
  text += fmt::format("stalled   for the CPU {}, for memory {}, for the disk {}\n",
                      or_unknown(counters.cpu_stall, rough_time),
                      or_unknown(counters.memory_stall, rough_time),
                      or_unknown(counters.io_stall, rough_time));
  return text;
}

Json used_json(const host::Counters& counters, std::uint64_t wall) {
  return {{"wall_usec", wall},
          {"cpu_usec", json_of(counters.cpu_time)},
          {"cpu_throttled_usec", json_of(counters.cpu_throttled)},
          {"memory_bytes", json_of(counters.memory)},
          {"memory_peak_bytes", json_of(counters.memory_peak)},
          {"memory_max_bytes", json_of(counters.memory_max)},
          {"memory_max_hits", json_of(counters.memory_max_hits)},
          {"oom_kills", json_of(counters.oom_kills)},
          {"swap_bytes", json_of(counters.swap)},
          {"pids", json_of(counters.pids)},
          {"pids_peak", json_of(counters.pids_peak)},
          {"pids_max", json_of(counters.pids_max)},
          {"pids_max_hits", json_of(counters.pids_max_hits)},
          {"read_bytes", json_of(counters.read_bytes)},
          {"written_bytes", json_of(counters.written_bytes)},
          {"read_operations", json_of(counters.read_operations)},
          {"written_operations", json_of(counters.written_operations)},
          {"cpu_stall_usec", json_of(counters.cpu_stall)},
          {"memory_stall_usec", json_of(counters.memory_stall)},
          {"io_stall_usec", json_of(counters.io_stall)}};
}

}  // namespace devbox::commands
