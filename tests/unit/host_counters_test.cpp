// What a control group has counted, from files as the kernel writes them.
#include <doctest/doctest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "host/counters.hpp"

namespace devbox::host {
namespace {

TEST_CASE("a value of a flat file is found by its whole key") {
  constexpr const char* kEvents = "low 0\nhigh 3\nmax 12\noom 1\noom_kill 2\n";
  CHECK(flat_value(kEvents, "max") == 12);
  CHECK(flat_value(kEvents, "oom_kill") == 2);
  CHECK_FALSE(flat_value(kEvents, "oom_ki"));
  CHECK_FALSE(flat_value("max many\n", "max"));
  CHECK_FALSE(flat_value("", "max"));
}

TEST_CASE("io.stat is summed over the disks") {
  constexpr const char* kStat =
      "259:0 rbytes=4096 wbytes=8192 rios=1 wios=2 dbytes=0 dios=0\n8:0 rbytes=10 wbytes=0 rios=3 "
      "wios=0 dbytes=0 dios=0\n253:1 \n";
  CHECK(io_sum(kStat, "rbytes") == 4106);
  CHECK(io_sum(kStat, "wios") == 2);
  CHECK_FALSE(io_sum("", "rbytes"));
}

TEST_CASE("a stall is the total of some") {
  CHECK(stall_total("some avg10=0.00 avg60=0.00 avg300=0.00 total=1234\nfull avg10=0.00 total=9") ==
        1234);
  CHECK_FALSE(stall_total("full avg10=0.00 total=9"));
}

TEST_CASE("what a limit did before is not told of again") {
  const Felt then{.oom_kills = 2,
                  .pids_max_hits = 3,
                  .cpu_periods = 50,
                  .cpu_throttled_periods = 40,
                  .cpu_throttled = 9000};
  Counters now;
  now.oom_kills = 3;
  now.pids_max_hits = 3;
  now.cpu_throttled = 8000;  // a group made anew
  now.memory_peak = 77;
  const Counters since_then = since(now, then);
  CHECK(since_then.oom_kills == 1);
  CHECK(since_then.pids_max_hits == 0);
  CHECK(since_then.cpu_throttled == 0);
  CHECK_FALSE(since_then.cpu_periods);  // not counted at all
  CHECK(since_then.memory_peak == 77);

  CHECK(word_of(then) == "2,3,50,40,9000");
  const std::optional<Felt> again = felt_of(word_of(then));
  REQUIRE(again);
  CHECK(word_of(*again) == word_of(then));
  for (const char* wrong : {"", "1,2,3,4", "1,2,3,4,5,6", "1,2,x,4,5", "1,2,-3,4,5"}) {
    CAPTURE(wrong);
    CHECK_FALSE(felt_of(wrong));
  }
}

TEST_CASE("what a group does not have is not counted, and a limit of max is none") {
  const std::string directory = "/tmp/devbox-counters." + std::to_string(::getpid());
  std::filesystem::create_directory(directory);
  const auto put = [&](const char* name, const char* text) {
    std::ofstream(directory + "/" + name) << text;
  };
  put("memory.current", "4096\n");
  put("memory.max", "max\n");
  put("cpu.max", "150000 100000\n");
  put("cpu.stat", "usage_usec 5\nnr_periods 2\nnr_throttled 1\nthrottled_usec 7\n");
  put("pids.max", "10\n");
  const Counters found = read_counters(directory);
  std::filesystem::remove_all(directory);
  CHECK(found.memory == 4096);
  CHECK_FALSE(found.memory_max);
  CHECK_FALSE(found.memory_peak);
  CHECK(found.cpu_time == 5);
  CHECK(found.cpu_throttled == 7);
  CHECK(found.cpu_quota == 150000);
  CHECK(found.cpu_period == 100000);
  CHECK(found.pids_max == 10);
  CHECK_FALSE(found.oom_kills);
  CHECK_FALSE(read_counters(directory).memory);  // it is gone
}

}  // namespace
}  // namespace devbox::host
