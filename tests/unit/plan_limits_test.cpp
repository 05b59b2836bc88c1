// Which limits hold on which host, and by which control group.
#include <doctest/doctest.h>

#include <algorithm>

#include "host/cgroups.hpp"
#include "plan_testing.hpp"

namespace devbox::plan {
namespace {

using host::Delegation;

// A login session of systemd that may have every controller.
host::Cgroups a_session() {
  host::Cgroups cgroups;
  cgroups.version = Delegation::Version::v2;
  cgroups.nsdelegate = true;
  cgroups.own = {"/sys/fs/cgroup/user.slice/user-1000.slice/session-1.scope", false, {"memory"}};
  cgroups.manager = {"/run/user/1000",
                     "/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service",
                     {"cpuset", "cpu", "io", "memory", "pids"}};
  cgroups.cpus = {0, 1, 2, 3};
  return cgroups;
}

// A container whose only process tree may divide its group.
host::Cgroups a_container() {
  host::Cgroups cgroups = a_session();
  cgroups.own = {"/sys/fs/cgroup", true, {"cpu", "memory", "pids"}};
  cgroups.manager = {};
  return cgroups;
}

World limited() {
  World world;
  world.cgroups = a_session();
  world.profile.limits.at = {"devbox.toml", 4, 1};
  return world;
}

std::string value_of(const Plan& plan, const std::string& file) {
  for (const GroupValue& value : plan.limits.group.values) {
    if (value.file == file) return value.value;
  }
  return "none";
}

std::vector<std::string> properties_of(const Plan& plan) {
  std::vector<std::string> all;
  for (const GroupValue& value : plan.limits.group.values)
    all.insert(all.end(), value.properties.begin(), value.properties.end());
  return all;
}

std::string refusal(const World& world) {
  try {
    static_cast<void>(world.plan());
  } catch (const Error& error) {
    return error.message();
  }
  return "";
}

TEST_CASE("a profile without limits has no group") {
  World world;
  const Plan plan = world.plan();
  CHECK(plan.limits.group.from == GroupFrom::none);
  CHECK(plan.limits.unmet.empty());
}

TEST_CASE("each limit is a value of the box's group, and a property for systemd") {
  World world = limited();
  profile::Limits& limits = world.profile.limits;
  limits.memory = std::uint64_t{2} << 30U;
  limits.memory_high = std::uint64_t{1} << 30U;
  limits.swap = 0;
  limits.cpus = 1.5;
  limits.cpu_weight = 50;
  limits.io_weight = 20;
  limits.cpuset = "0-1";
  limits.pids = 10;
  limits.oom_group = true;
  const Plan plan = world.plan();
  CHECK(plan.limits.group.from == GroupFrom::manager);
  CHECK(plan.limits.group.manager == "/run/user/1000");
  CHECK(value_of(plan, "memory.max") == "2147483648");
  CHECK(value_of(plan, "memory.high") == "1073741824");
  CHECK(value_of(plan, "memory.swap.max") == "0");
  CHECK(value_of(plan, "memory.oom.group") == "1");
  CHECK(value_of(plan, "cpu.max") == "150000 100000");
  CHECK(value_of(plan, "cpu.weight") == "50");
  CHECK(value_of(plan, "io.weight") == "20");
  CHECK(value_of(plan, "cpuset.cpus") == "0-1");
  CHECK(value_of(plan, "pids.max") == "10");
  CHECK(properties_of(plan) ==
        std::vector<std::string>{"MemoryMax=2147483648", "MemoryHigh=1073741824", "MemorySwapMax=0",
                                 "CPUQuotaPerSecUSec=1500000", "CPUWeight=50", "AllowedCPUs=0-1",
                                 "TasksMax=10", "IOWeight=20"});
  CHECK(plan.limits.unmet.empty());
}

TEST_CASE("an io limit is of the disk behind its path") {
  World world = limited();
  world.devices["/home/ann/data"] = {"259:0", "/dev/nvme0n1", ""};
  world.profile.limits.io = {
      {.path = "/home/ann/data", .read = 2'000'000, .write = 1 << 20, .write_ops = 7}};
  const Plan plan = world.plan();
  CHECK(value_of(plan, "io.max") == "259:0 rbps=2000000 wbps=1048576 wiops=7");
  CHECK(properties_of(plan) == std::vector<std::string>{"IOReadBandwidthMax=/dev/nvme0n1 2000000",
                                                        "IOWriteBandwidthMax=/dev/nvme0n1 1048576",
                                                        "IOWriteIOPSMax=/dev/nvme0n1 7"});
  CHECK(plan.limits.group.values[0].shown ==
        "/dev/nvme0n1 read 2000000 bytes/s write 1 MiB/s write 7 operations/s");
}

TEST_CASE("a path without a disk behind it, and a disk with two limits, are mistakes") {
  World world = limited();
  world.devices["/dev/shm"] = {"", "",
                               "is on a file system of type tmpfs, behind which is no disk"};
  world.devices["/a"] = world.devices["/b"] = {"8:0", "/dev/sda", ""};
  world.profile.limits.io = {{.path = "/dev/shm", .read = 1, .at = {"devbox.toml", 5, 3}},
                             {.path = "/a", .read = 1},
                             {.path = "/b", .write = 1, .at = {"devbox.toml", 7, 3}}};
  CHECK(refusal(world) ==
        "devbox.toml:5:3: `limits.io`: /dev/shm is on a file system of type tmpfs, behind which is "
        "no disk\n"
        "devbox.toml:7:3: `limits.io`: /a and /b are on the same disk, /dev/sda");
}

TEST_CASE("an option of the command line wins over the profile") {
  World world = limited();
  world.profile.limits.pids = 10;
  world.request.limits.pids = 20;
  CHECK(value_of(world.plan(), "pids.max") == "20");
}

TEST_CASE("where there is no systemd of the user, its own group is divided") {
  World world = limited();
  world.cgroups = a_container();
  world.profile.limits.memory = 1 << 20;
  const Plan plan = world.plan();
  CHECK(plan.limits.group.from == GroupFrom::own);
  CHECK(plan.limits.group.parent == "/sys/fs/cgroup");
  CHECK(value_of(plan, "memory.max") == "1048576");
}

TEST_CASE("systemd comes before a group of one's own") {
  World world = limited();
  world.cgroups->own.writable = true;
  world.profile.limits.memory = 1 << 20;
  CHECK(world.plan().limits.group.from == GroupFrom::manager);
}

TEST_CASE("what is not delegated does not hold, and says why") {
  World world = limited();
  world.cgroups->manager.controllers = {"cpu", "memory", "pids"};  // Debian as shipped
  world.devices["/x"] = {"8:0", "/dev/sda", ""};
  world.profile.limits.io = {{.path = "/x", .read = 1}};
  world.profile.limits.io_weight = 5;
  world.profile.limits.cpuset = "1-2";
  world.profile.limits.memory = 1 << 20;
  const Plan plan = world.plan();
  CHECK(value_of(plan, "memory.max") == "1048576");
  CHECK(value_of(plan, "io.max") == "none");
  CHECK(value_of(plan, "cpuset.cpus") == "none");
  REQUIRE(plan.limits.unmet.size() == 2);
  CHECK(plan.limits.unmet[0].text() ==
        "`limits.cpuset` does not hold: the controller cpuset is not delegated to you; it holds as "
        "CPU affinity, which a program can change; `devbox doctor --fix-script` prints what "
        "delegates them");
  CHECK(plan.limits.unmet[1].text() ==
        "`limits.io` and `limits.io_weight` do not hold: the controller io is not delegated to "
        "you; `devbox doctor --fix-script` prints what delegates them");
  CHECK(plan.limits.affinity == std::vector<unsigned>{1, 2});
}

TEST_CASE("a host without cgroup version 2 has no limits but those of processes") {
  World world = limited();
  world.cgroups->version = Delegation::Version::hybrid;
  world.profile.limits.memory = 1 << 20;
  world.profile.limits.nice = 5;
  const Plan plan = world.plan();
  CHECK(plan.limits.group.from == GroupFrom::none);
  CHECK(plan.limits.group.values.empty());
  CHECK(plan.limits.nice == 5);
  REQUIRE(plan.limits.unmet.size() == 1);
  CHECK(plan.limits.unmet[0].why ==
        "the controllers are in cgroup version 1, which gives users none");
}

TEST_CASE("what is required and does not hold is refused") {
  World world = limited();
  world.cgroups->manager = {};
  world.profile.limits.memory = 1 << 20;
  world.profile.limits.required = true;
  CHECK(
      refusal(world).starts_with("devbox.toml:4:1: `limits.memory` does not hold: this user has "
                                 "no systemd manager"));
}

TEST_CASE("processors that are not there are no limit, and more time than there is may be asked") {
  World world = limited();
  world.profile.limits.cpuset = "7";
  CHECK(refusal(world) ==
        "devbox.toml:4:1: `limits.cpuset` = \"7\": this host has the processors 0-3");
  world.profile.limits.cpuset = "2-9";
  world.profile.limits.cpus = 64;
  const Plan plan = world.plan();
  CHECK(value_of(plan, "cpuset.cpus") == "2-3");
  CHECK(value_of(plan, "cpu.max") == "6400000 100000");
  REQUIRE(plan.limits.unmet.size() == 1);
  CHECK(plan.limits.unmet[0].why == "of 2-9 this host has 2-3");
  const auto is_said = [](const Note& note) {
    return note.text == "`limits.cpus` = 64: this host has 4 processors";
  };
  CHECK(std::any_of(plan.notes.begin(), plan.notes.end(), is_said));
}

TEST_CASE("one process is too few for a box") {
  World world = limited();
  world.profile.limits.pids = 1;
  CHECK(refusal(world) ==
        "devbox.toml:4:1: `limits.pids` = 1: a box needs 2, devbox-init and the command");
}

TEST_CASE("a group is delegated only where a namespace is its border") {
  World world = limited();
  world.profile.limits.delegated = true;
  CHECK(world.plan().limits.group.delegated);
  world.cgroups->nsdelegate = false;
  const Plan plan = world.plan();
  CHECK_FALSE(plan.limits.group.delegated);
  REQUIRE(plan.limits.unmet.size() == 1);
  CHECK(plan.limits.unmet[0].keys == std::vector<std::string>{"limits.cgroup"});
}

TEST_CASE("what is only measured has a group without limits") {
  World world = limited();
  world.request.measured = true;
  const Plan plan = world.plan();
  CHECK(plan.limits.group.from == GroupFrom::manager);
  CHECK(plan.limits.group.values.empty());
}

TEST_CASE("an rlimit above one's own hard limit does not hold") {
  World world;
  world.hard_limits = {{"nofile", 4096}, {"core", profile::kUnlimited}};
  world.profile.limits.rlimits = {{"core", 0, profile::kUnlimited, {}}, {"nofile", 10, 5000, {}}};
  const Plan plan = world.plan();
  REQUIRE(plan.limits.rlimits.size() == 1);
  CHECK(plan.limits.rlimits[0].name == "core");
  REQUIRE(plan.limits.unmet.size() == 1);
  CHECK(plan.limits.unmet[0].keys == std::vector<std::string>{"rlimits.nofile"});
  CHECK(plan.limits.unmet[0].why == "your own hard limit is 4096");
}

}  // namespace
}  // namespace devbox::plan
