// What `devbox limit` writes: from its words to the values of a group, and into the record.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>
#include <variant>
#include <vector>

#include "cli/command_line.hpp"
#include "launch/change.hpp"
#include "plan/parts.hpp"
#include "util/error.hpp"

namespace devbox::plan {
namespace {

using Lines = std::vector<std::string>;

cli::LimitVerb verb_of(std::vector<const char*> words) {
  words.insert(words.begin(), {"devbox", "limit", "cpp"});
  return std::get<cli::LimitVerb>(cli::parse(static_cast<int>(words.size()), words.data()));
}

Facts a_machine() {
  Facts facts;
  facts.cgroups.emplace();
  facts.cgroups->cpus = {0, 1, 2, 3};
  facts.devices["/home"] = {"8:0", "/dev/sda", {}};
  facts.devices["/srv"] = {"8:16", "/dev/sdb", {}};
  facts.devices["/tmp"] = {{}, {}, "is on a tmpfs"};
  return facts;
}

std::vector<GroupValue> values_of(const std::vector<const char*>& words) {
  std::vector<Note> notes;
  return group_values(verb_of(words).limits, a_machine(), notes).group.values;
}

// "memory.max=1073741824 (1 GiB) MemoryMax=1073741824"
Lines written(const std::vector<const char*>& words) {
  Lines lines;
  for (const GroupValue& value : values_of(words)) {
    lines.push_back(fmt::format("{}={} ({}) {}", value.file, value.value, value.shown,
                                fmt::join(value.properties, " ")));
  }
  return lines;
}

std::string refusal(const std::vector<const char*>& words) {
  try {
    static_cast<void>(written(words));
  } catch (const Error& error) {
    return error.message();
  }
  return "it is taken";
}

TEST_CASE("each option is one file of the group and one property of systemd") {
  CHECK(written({"--memory", "1GiB", "--memory-high", "512MiB", "--swap", "0"}) ==
        Lines{"memory.max=1073741824 (1 GiB) MemoryMax=1073741824",
              "memory.high=536870912 (512 MiB) MemoryHigh=536870912",
              "memory.swap.max=0 (0 bytes) MemorySwapMax=0"});
  CHECK(written({"--cpus", "1.5", "--cpu-weight", "50", "--cpuset", "0-1"}) ==
        Lines{"cpu.max=150000 100000 (1.5) CPUQuotaPerSecUSec=1500000",
              "cpu.weight=50 (50) CPUWeight=50", "cpuset.cpus=0-1 (0-1) AllowedCPUs=0-1"});
  CHECK(written({"--pids", "100", "--io-weight", "10"}) ==
        Lines{"pids.max=100 (100) TasksMax=100", "io.weight=10 (10) IOWeight=10"});
  CHECK(written({"--io", "/home:read=1MiB/s,write_ops=100"}) ==
        Lines{"io.max=8:0 rbps=1048576 wiops=100 (/dev/sda read 1 MiB/s write 100 operations/s) "
              "IOReadBandwidthMax=/dev/sda 1048576 IOWriteIOPSMax=/dev/sda 100"});
}

TEST_CASE("max takes a limit away, in the kernel's words and in systemd's") {
  CHECK(written({"--memory", "max", "--memory-high", "max", "--swap", "max"}) ==
        Lines{"memory.max=max (max) MemoryMax=infinity",
              "memory.high=max (max) MemoryHigh=infinity",
              "memory.swap.max=max (max) MemorySwapMax=infinity"});
  CHECK(written({"--cpus", "max", "--pids", "max"}) ==
        Lines{"cpu.max=max 100000 (max) CPUQuotaPerSecUSec=infinity",
              "pids.max=max (max) TasksMax=infinity"});
  CHECK(written({"--io", "/home:read=max"}) ==
        Lines{"io.max=8:0 rbps=max (/dev/sda max) IOReadBandwidthMax=/dev/sda infinity"});
  CHECK(verb_of({"--cpuset", "max"}).limits.cpuset == "max");
}

TEST_CASE("what is no limit is refused, and max is none of a weight") {
  CHECK(refusal({"--memory", "0"}) == "--memory must be more than 0");
  CHECK(refusal({"--cpu-weight", "max"}) == "--cpu-weight must be a number, not \"max\"");
  CHECK(refusal({"--io", "/tmp:read=1MiB/s"}) == "`limits.io`: /tmp is on a tmpfs");
  CHECK(refusal({"--pids", "1"}) ==
        "`limits.pids` = 1: a box needs 2, devbox-init and the command");
  CHECK(refusal({"--cpuset", "9"}) == "`limits.cpuset` = \"9\": this host has the processors 0-3");
  CHECK(refusal({}) == "there is no limit to change");
  CHECK(refusal({"--force"}) == "there is no limit to change");
}

TEST_CASE("max is a word of limit alone: a start has no limit to take away") {
  const char* const words[] = {"devbox", "run", "--memory", "max", "--", "true"};
  CHECK_THROWS_AS(static_cast<void>(cli::parse(6, words)), Error);
}

TEST_CASE("what is not said of a disk stays as the group has it") {
  profile::IoLimit limit;
  limit.read = 7;
  fill_rates(limit, "8:0",
             "8:16 rbps=1 wbps=2 riops=3 wiops=4\n8:0 rbps=5 wbps=6 riops=max wiops=8");
  CHECK(limit.read == 7);
  CHECK(limit.write == 6);
  CHECK_FALSE(limit.read_ops);
  CHECK(limit.write_ops == 8);
  profile::IoLimit other;
  fill_rates(other, "8:1", "8:16 rbps=1 wbps=2 riops=3 wiops=4");
  CHECK_FALSE(other.read);
}

TEST_CASE(
    "the record has each new limit in the place of the old one, and none that was taken away") {
  launch::Record record;
  record.limits = {{"limits.memory", "1 GiB"},
                   {"limits.pids", "50"},
                   {"limits.io", "/dev/sda read 1 MiB/s, /dev/sdb write 2 MiB/s"}};
  record = launch::with_limits(
      record, values_of({"--memory", "2GiB", "--pids", "max", "--cpus", "1", "--io",
                         "/home:read=max", "--io", "/srv:write=1MiB/s"}));
  CHECK(record.limit("limits.memory") == "2 GiB");
  CHECK(record.limit("limits.pids").empty());
  CHECK(record.limit("limits.cpus") == "1");
  CHECK(record.limit("limits.io") == "/dev/sdb write 1 MiB/s");
  record = launch::with_limits(record, values_of({"--io", "/srv:write=max"}));
  CHECK(record.limit("limits.io").empty());
}

}  // namespace
}  // namespace devbox::plan
