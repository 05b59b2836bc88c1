// /proc/self/mountinfo, and what of control groups is read from it.
#include <doctest/doctest.h>

#include "host/cgroups.hpp"
#include "host/mountinfo.hpp"

namespace devbox::host {
namespace {

TEST_CASE("a line of mountinfo is read by its fields, optional ones or not") {
  const std::vector<MountLine> lines = parse_mountinfo(
      "36 35 98:0 /mnt1 /mnt2\\040with\\134 rw,noatime master:1 shared:2 - ext3 /dev/root "
      "rw,errors=continue\n"
      "nonsense\n"
      "28 25 0:25 / /sys rw - overlay over\\011lay rw,lowerdir=/a,upperdir=/b\\040c,workdir=/w\n");
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].number == "98:0");
  CHECK(lines[0].target == "/mnt2 with\\");
  CHECK(lines[0].type == "ext3");
  CHECK(lines[0].source == "/dev/root");
  CHECK(mount_option(lines[0].options, "errors") == "continue");
  CHECK(mount_option(lines[0].options, "rw") == "rw");
  CHECK(lines[1].source == "over\tlay");
  CHECK(mount_option(lines[1].options, "upperdir") == "/b c");
  CHECK(mount_option(lines[1].options, "upper").empty());
}

TEST_CASE("a text that ends in an escape is no escape") {
  const std::vector<MountLine> lines = parse_mountinfo("1 2 0:3 / /a\\04 rw - tmpfs x rw");
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].target == "/a\\04");
}

TEST_CASE("nsdelegate is an option of cgroup2 alone") {
  CHECK(has_nsdelegate("30 24 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate,x\n"));
  CHECK_FALSE(has_nsdelegate("30 24 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"));
  CHECK_FALSE(has_nsdelegate("30 24 0:26 / /x rw - tmpfs cgroup2 rw,nsdelegate\n"));
}

}  // namespace
}  // namespace devbox::host
