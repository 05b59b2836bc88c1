// [limits] and [rlimits]: what a profile may say there, and what it comes to.
#include <doctest/doctest.h>

#include <string>

#include "profile_testing.hpp"

namespace devbox::profile {
namespace {

using testing::load_text;
using testing::mistakes_of;

Limits limits_of(const std::string& toml) {
  const Loaded loaded = load_text(toml);
  REQUIRE_MESSAGE(loaded.mistakes.empty(), describe(loaded.mistakes));
  return loaded.profile.limits;
}

// What is complained of, behind the key; empty: nothing.
std::string complaint(const std::string& key, const std::string& value) {
  const Loaded loaded = load_text(key + " = " + value);
  if (loaded.mistakes.empty()) return "";
  REQUIRE(loaded.mistakes.size() == 1);
  const std::string start = "`" + key + "`";
  REQUIRE(loaded.mistakes[0].message.starts_with(start));
  return loaded.mistakes[0].message.substr(start.size());
}

TEST_CASE("every limit is read with its unit") {
  const Limits limits = limits_of(R"(
[limits]
memory = "2GiB"
memory_high = "1536 MiB"
swap = "0"
cpus = 1.5
cpu_weight = 50
io_weight = 200
cpuset = "3,0-1,1"
pids = 4096
oom_group = true
cgroup = "delegated"
nice = 5
oom_score_adj = -100
required = true
)");
  CHECK(limits.memory == std::uint64_t{2} << 30U);
  CHECK(limits.memory_high == std::uint64_t{1536} << 20U);
  CHECK(limits.swap == 0);
  CHECK(limits.cpus == 1.5);
  CHECK(limits.cpu_weight == 50);
  CHECK(limits.io_weight == 200);
  CHECK(limits.cpuset == "0-1,3");
  CHECK(limits.pids == 4096);
  CHECK(limits.oom_group == true);
  CHECK(limits.delegated == true);
  CHECK(limits.nice == 5);
  CHECK(limits.oom_score_adj == -100);
  CHECK(limits.required == true);
}

TEST_CASE("a profile without limits has none") {
  const Limits limits = limits_of("schema = 1");
  CHECK_FALSE(limits.memory);
  CHECK_FALSE(limits.swap);
  CHECK_FALSE(limits.cpus);
  CHECK_FALSE(limits.required);
  CHECK(limits.cpuset.empty());
  CHECK(limits.io.empty());
  CHECK(limits.rlimits.empty());
}

TEST_CASE("io limits name a path and bytes or operations") {
  const Limits limits = limits_of(
      "limits.io = [{ path = 'disk', read = '2MiB/s' }, { path = '/x', write = '1kB/s', read_ops = "
      "5, write_ops = 6 }]");
  REQUIRE(limits.io.size() == 2);
  CHECK(limits.io[0].path == "/p/disk");  // beside the profile
  CHECK(limits.io[0].read == std::uint64_t{2} << 20U);
  CHECK_FALSE(limits.io[0].write);
  CHECK(limits.io[1].write == 1000);
  CHECK(limits.io[1].read_ops == 5);
  CHECK(limits.io[1].write_ops == 6);
  CHECK(mistakes_of("limits.io = [{ read = '1MiB/s' }]") ==
        "devbox.toml:1:14: `limits.io` needs `path`: a path on the device, or the device itself");
  CHECK(mistakes_of("limits.io = [{ path = '/' }]") ==
        "devbox.toml:1:14: `limits.io` needs `read`, `write`, `read_ops` or `write_ops`");
  CHECK(mistakes_of("limits.io = [{ path = '', read = '1MiB', write = '99EB/s' }]") ==
        "devbox.toml:1:23: `limits.io.path` must not be empty\n"
        "devbox.toml:1:34: `limits.io.read` must be such as \"200MiB/s\", not \"1MiB\"\n"
        "devbox.toml:1:50: `limits.io.write` must be less than \"8EiB\", not \"99EB/s\"");
  CHECK(mistakes_of("limits.io = [{ path = '/', read = '0/s', write_ops = 0 }]") ==
        "devbox.toml:1:35: `limits.io.read` must be more than 0\n"
        "devbox.toml:1:54: `limits.io.write_ops` must be from 1 to 1000000000, not 0");
}

TEST_CASE("rlimits are soft and hard, or one value for both") {
  const Limits limits = limits_of(
      "[rlimits]\nnofile = '1024:4096'\ncore = '0'\nstack = '8MiB:unlimited'\nas = "
      "'unlimited'");
  REQUIRE(limits.rlimits.size() == 4);  // by name
  CHECK(limits.rlimits[0].name == "as");
  CHECK(limits.rlimits[0].soft == kUnlimited);
  CHECK(limits.rlimits[1].name == "core");
  CHECK(limits.rlimits[1].hard == 0);
  CHECK(limits.rlimits[2].name == "nofile");
  CHECK(limits.rlimits[2].soft == 1024);
  CHECK(limits.rlimits[2].hard == 4096);
  CHECK(limits.rlimits[3].soft == std::uint64_t{8} << 20U);
  CHECK(limits.rlimits[3].hard == kUnlimited);
  CHECK(complaint("rlimits.nofile", "'1:2:3'") ==
        " must be \"soft:hard\" or one value for both, not \"1:2:3\"");
  CHECK(complaint("rlimits.nofile", "''") ==
        " must be \"soft:hard\" or one value for both, not \"\"");
  CHECK(complaint("rlimits.nofile", "'2:1'") ==
        ": the soft limit must not be above the hard one, as in \"2:1\"");
  CHECK(complaint("rlimits.nofile", "'unlimited:1'") ==
        ": the soft limit must not be above the hard one, as in \"unlimited:1\"");
  CHECK(complaint("rlimits.nofil", "'1'") ==
        " is not a resource limit of getrlimit(2); did you mean `nofile`?");
}

TEST_CASE("amounts that are none are refused where they stand") {
  CHECK(complaint("limits.memory", "'8 GiB'").empty());
  CHECK(complaint("limits.memory", "'lots'") == " must be such as \"64MiB\", not \"lots\"");
  CHECK(complaint("limits.memory", "'8G'") == " must be such as \"64MiB\", not \"8G\"");
  CHECK(complaint("limits.memory", "'0'") == " must be more than 0");
  CHECK(complaint("limits.memory", "'-1GiB'") == " must be such as \"64MiB\", not \"-1GiB\"");
  CHECK(complaint("limits.memory_high", "'8EiB'") == " must be less than \"8EiB\", not \"8EiB\"");
  CHECK(complaint("limits.swap", "'-1'") == " must be such as \"4GiB\", not \"-1\"");
  CHECK(complaint("limits.cpus", "2").empty());
  CHECK(complaint("limits.cpus", "512").empty());  // more than there are is allowed
  CHECK(complaint("limits.cpus", "0") == " must be a number above 0");
  CHECK(complaint("limits.cpus", "-1") == " must be a number above 0");
  CHECK(complaint("limits.cpus", "nan") == " must be a number above 0");
  CHECK(complaint("limits.cpus", "inf") == " must be a number above 0");
  CHECK(complaint("limits.cpus", "0.001") == " must be from 0.01 to 8192, not 0.001");
  CHECK(complaint("limits.cpu_weight", "0") == " must be from 1 to 10000, not 0");
  CHECK(complaint("limits.io_weight", "10001") == " must be from 1 to 10000, not 10001");
  CHECK(complaint("limits.pids", "0") == " must be 1 or more");
  CHECK(complaint("limits.pids", "5000000") == " must be from 1 to 4194304, not 5000000");
  CHECK(complaint("limits.nice", "20") == " must be from -20 to 19, not 20");
  CHECK(complaint("limits.oom_score_adj", "1001") == " must be from -1000 to 1000, not 1001");
}

TEST_CASE("a set of processors is a list of numbers and ranges") {
  CHECK(complaint("limits.cpuset", "'0-3,5'").empty());
  CHECK(complaint("limits.cpuset", "'0-'") == " must be a list such as \"0-3,5\", not \"0-\"");
  CHECK(complaint("limits.cpuset", "''") == " must be a list such as \"0-3,5\", not \"\"");
  CHECK(complaint("limits.cpuset", "'0,,1'") == " must be a list such as \"0-3,5\", not \"0,,1\"");
  CHECK(complaint("limits.cpuset", "'-1'") == " must be a list such as \"0-3,5\", not \"-1\"");
  CHECK(complaint("limits.cpuset", "'3-1'") == ": the range \"3-1\" is the wrong way round");
  CHECK(complaint("limits.cpuset", "'0-99999999999'") ==
        " must be a list such as \"0-3,5\", not \"0-99999999999\"");
  CHECK(complaint("limits.cpuset", "'0-4000'") == " must name processors below 1024, not 4000");
}

TEST_CASE("memory_high stands below memory") {
  CHECK(mistakes_of("[limits]\nmemory = '1GiB'\nmemory_high = '2GiB'") ==
        "devbox.toml:3:15: `limits.memory_high` must not be above `limits.memory`");
}

TEST_CASE("what is typed wins, limit by limit") {
  Limits base = limits_of(
      "[limits]\nio = [{ path = '/a', read = '1MiB/s' }]\nmemory = '1GiB'\npids = 5\n"
      "[rlimits]\nnofile = '10'");
  Limits over;
  over.memory = 7;
  over.oom_group = true;
  over.io = {{.path = "/a", .write = 5}, {.path = "/b", .read = 6}};
  over.rlimits = {{"core", 0, 0, {}}, {"nofile", 20, 20, {}}};
  const Limits both = overridden(base, over);
  CHECK(both.memory == 7);
  CHECK(both.pids == 5);
  CHECK(both.oom_group == true);
  REQUIRE(both.io.size() == 2);
  CHECK_FALSE(both.io[0].read);
  CHECK(both.io[0].write == 5);
  CHECK(both.io[1].path == "/b");
  REQUIRE(both.rlimits.size() == 2);
  CHECK(both.rlimits[0].name == "core");
  CHECK(both.rlimits[1].soft == 20);
}

}  // namespace
}  // namespace devbox::profile
