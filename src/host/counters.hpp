// What a control group has counted (admin-guide/cgroup-v2.rst in the kernel's documentation).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace devbox::host {

// std::nullopt: the kernel, or the group, has no such counter.
struct Counters {
  using Count = std::optional<std::uint64_t>;
  Count memory, memory_peak, memory_max;    // bytes; memory_max is nullopt where it is "max"
  Count swap;                               // bytes
  Count memory_max_hits, memory_high_hits;  // memory.events: max, high
  Count oom_kills;                          // processes that were killed for memory.max
  Count cpu_time;                           // microseconds
  Count cpu_periods, cpu_throttled_periods, cpu_throttled;  // the last in microseconds
  Count cpu_quota, cpu_period;  // microseconds; nullopt where there is no quota
  Count pids, pids_peak, pids_max, pids_max_hits;
  Count read_bytes, written_bytes, read_operations, written_operations;  // of all disks
  Count cpu_stall, memory_stall, io_stall;  // microseconds that some waited (PSI, "some total")
};

// Of a group's directory; nothing is counted where it is gone.
Counters read_counters(const std::string& directory);

// Of the counters those that only grow and that say that a limit was felt: for who joins a group
// that has felt its limits before.
struct Felt {
  std::uint64_t oom_kills = 0, pids_max_hits = 0;
  std::uint64_t cpu_periods = 0, cpu_throttled_periods = 0, cpu_throttled = 0;
};
Felt read_felt(const std::string& directory);

// As one word, and back; std::nullopt where it is none.
std::string word_of(const Felt& felt);
std::optional<Felt> felt_of(std::string_view word);

// What was counted since then; what is not counted stays so.
Counters since(Counters now, const Felt& then);

// The parts, pure. "populated 1\nfrozen 0" as the value of a key; std::nullopt where it has none.
std::optional<std::uint64_t> flat_value(std::string_view text, std::string_view key);

// The sum of "rbytes=5" and the like over the lines of io.stat.
std::optional<std::uint64_t> io_sum(std::string_view text, std::string_view key);

// "some avg10=0.00 … total=123": the microseconds.
std::optional<std::uint64_t> stall_total(std::string_view text);

}  // namespace devbox::host
