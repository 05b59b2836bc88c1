// What is told at the end of a box with limits.
#include <doctest/doctest.h>

#include "commands/used.hpp"

namespace devbox::commands {
namespace {

using Lines = std::vector<std::string>;

host::Counters out_of_memory() {
  host::Counters counters;
  counters.oom_kills = 1;
  counters.memory_max = std::uint64_t{2} << 30U;
  counters.memory_peak = std::uint64_t{2} << 30U;
  return counters;
}

TEST_CASE("nothing is told where no limit was felt") {
  CHECK(felt_limits({}, {}, {"exited", 1}).empty());
  host::Counters counters;
  counters.cpu_throttled = 2'000'000;
  counters.cpu_periods = 1000;
  counters.cpu_throttled_periods = 100;
  counters.pids_max_hits = 0;
  counters.oom_kills = 0;
  CHECK(felt_limits(counters, {}, {"killed", 9}).empty());
}

TEST_CASE("a command that was killed for memory says so") {
  const std::string line = "memory limit of 2 GiB reached; peak 2.00 GiB; raise [limits] memory";
  CHECK(felt_limits(out_of_memory(), {}, {"killed", 9}) == Lines{"killed: " + line});
  CHECK(felt_limits(out_of_memory(), {}, {"exited", 137}) == Lines{"killed: " + line});
  CHECK(felt_limits(out_of_memory(), {}, {"exited", 1}) == Lines{"a process was killed: " + line});
  host::Counters counters = out_of_memory();
  counters.oom_kills = 3;
  CHECK(felt_limits(counters, {}, {"exited", 0}) == Lines{"3 processes killed: " + line});
}

TEST_CASE("where the box has no limit of its own, a group above had one") {
  host::Counters counters;
  counters.oom_kills = 1;
  CHECK(felt_limits(counters, {}, {"killed", 9}) ==
        Lines{"killed: the memory limit of a group above was reached; raise [limits] memory"});
}

TEST_CASE("a box that went as a whole with its group tells what that looks like") {
  launch::Record record;
  CHECK(felt_limits({}, record, {"lost", 0}).empty());
  record.limits = {{"limits.memory", "1 GiB"}};
  CHECK(felt_limits({}, record, {"lost", 0}) ==
        Lines{"killed as a whole, and its group is gone with what it has counted: most likely the "
              "memory limit of 1 GiB was reached"});
  CHECK(felt_limits({}, record, {"killed", 9}).empty());
}

TEST_CASE("processes that could not be started, and a quota, are told") {
  host::Counters counters;
  counters.pids_max_hits = 4;
  counters.pids_max = 10;
  counters.cpu_throttled = 2'500'000;
  counters.cpu_periods = 40;
  counters.cpu_throttled_periods = 39;
  counters.cpu_quota = 20'000;
  counters.cpu_period = 100'000;
  CHECK(felt_limits(counters, {}, {"exited", 0}) ==
        Lines{"4 times no process could be started: the limit of 10 processes was reached; raise "
              "[limits] pids",
              "held up for 2.50 s by the limit of 0.2 processors, in 39 of 40 periods; raise "
              "[limits] cpus"});
}

TEST_CASE("what is not counted is unknown, in words and as null") {
  CHECK(used_text({}, 1'500'000) ==
        "time      1.50 s\n"
        "CPU       unknown\n"
        "memory    peak unknown\n"
        "disk      read unknown, wrote unknown\n"
        "stalled   for the CPU unknown, for memory unknown, for the disk unknown\n");
  const Json json = used_json({}, 7);
  CHECK(json["wall_usec"] == 7);
  CHECK(json["memory_peak_bytes"].is_null());
}

TEST_CASE("what was used is told against what was allowed") {
  host::Counters counters = out_of_memory();
  counters.cpu_time = 1'250'000;
  counters.cpu_throttled = 500'000;
  counters.memory_max_hits = 12;
  counters.read_bytes = 1 << 20;
  counters.written_bytes = 0;
  CHECK(used_text(counters, 2'000'000)
            .starts_with("time      2.00 s\n"
                         "CPU       1.25 s, held up for 500 ms\n"
                         "memory    peak 2.00 GiB of 2 GiB, 12 times at the limit\n"
                         "disk      read 1.00 MiB, wrote 0 bytes\n"));
}

}  // namespace
}  // namespace devbox::commands
