#include "host/userns.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <string>
#include <vector>

namespace devbox::host {
namespace {

constexpr const char* kAppArmorCause =
    "this host forbids unprivileged user namespaces "
    "(kernel.apparmor_restrict_unprivileged_userns = 1)";
constexpr const char* kAppArmorFix =
    "an AppArmor profile allows them for this program alone: `printf 'abi <abi/4.0>,\\nprofile "
    "devbox \"%s\" flags=(unconfined) { userns, }\\n' /opt/devbox/bin/devbox | sudo tee "
    "/etc/apparmor.d/devbox && sudo apparmor_parser -r /etc/apparmor.d/devbox`";

Restrictions with(std::map<std::string, long> sysctls) {
  Restrictions found;
  found.sysctls = std::move(sysctls);
  found.program = "/opt/devbox/bin/devbox";
  return found;
}

}  // namespace

TEST_CASE("what forbids user namespaces is named with its value and the line that allows them") {
  struct Row {
    int err;
    Restrictions found;
    const char* cause;
    const char* fix;
  };
  Restrictions filtered = with({{"user.max_user_namespaces", 100}});
  filtered.filtered = true;
  Restrictions chroot = with({});
  chroot.chroot = true;
  Restrictions confined = with({});
  confined.label = "docker-default (enforce)";
  Restrictions unreadable = with({});  // /proc/sys is covered, and the label tells all the same
  unreadable.label_inside = "unprivileged_userns (enforce)";
  Restrictions root = with({});
  root.root_without_setfcap = true;
  const Row rows[] = {
      {EPERM, with({{"kernel.apparmor_restrict_unprivileged_userns", 1}}), kAppArmorCause,
       kAppArmorFix},
      // 24.04 lets the namespace be made, and takes the capabilities that setgroups and maps need.
      {EACCES, with({{"kernel.apparmor_restrict_unprivileged_userns", 1}}), kAppArmorCause,
       kAppArmorFix},
      {EPERM, with({{"kernel.unprivileged_userns_clone", 0}}),
       "this host forbids unprivileged user namespaces (kernel.unprivileged_userns_clone = 0)",
       "`sudo sysctl -w kernel.unprivileged_userns_clone=1` allows them until the next boot; a "
       "line in /etc/sysctl.d keeps it"},
      {ENOSPC, with({{"user.max_user_namespaces", 0}}),
       "this host forbids user namespaces (user.max_user_namespaces = 0)",
       "`sudo sysctl -w user.max_user_namespaces=10000` allows them until the next boot; a line "
       "in /etc/sysctl.d keeps it"},
      {ENOSPC, with({{"user.max_user_namespaces", 9}, {"user.max_pid_namespaces", 0}}),
       "this host forbids pid namespaces (user.max_pid_namespaces = 0)",
       "`sudo sysctl -w user.max_pid_namespaces=10000` allows them until the next boot; a line in "
       "/etc/sysctl.d keeps it"},
      {EPERM, filtered,
       "a system call filter around this process, as containers have one, forbids user namespaces",
       "start the container with `--security-opt seccomp=unconfined`, or with a filter that "
       "allows clone, unshare and mount"},
      {EPERM, unreadable, kAppArmorCause, kAppArmorFix},
      {EPERM, chroot,
       "this process runs in a chroot, where nobody may make a user namespace (clone(2), EPERM)",
       "run devbox outside the chroot"},
      {EPERM, confined, "a security module forbids it to what runs as docker-default (enforce)",
       "let devbox run unconfined, in a container with `--security-opt apparmor=unconfined` or "
       "`label=disable`"},
      {EPERM, root,
       "this process is uid 0 without the capability setfcap, as in a box with `map = \"root\"`, "
       "and the kernel lets nobody map such a uid 0 again (user_namespaces(7))",
       "use `map = \"self\"` for the outer box"},
  };
  for (const Row& row : rows) {
    const Refusal refusal = why_no_namespace(row.err, row.found);
    CHECK(refusal.cause == row.cause);
    CHECK(refusal.fix == row.fix);
  }
}

TEST_CASE("a setting that allows them is not named") {
  const Restrictions open = with({{"kernel.apparmor_restrict_unprivileged_userns", 0},
                                  {"kernel.unprivileged_userns_clone", 1},
                                  {"user.max_user_namespaces", 10000}});
  for (const int err : {EPERM, EACCES, ENOSPC}) {
    const std::string cause = why_no_namespace(err, open).cause;
    CHECK_FALSE(cause.empty());
    CHECK_MESSAGE(cause.find(" = ") == std::string::npos, cause);
  }
  CHECK(why_no_namespace(EIO, open).cause.empty());
  CHECK(why_no_capability(open).cause.empty());
}

TEST_CASE("capabilities that AppArmor takes away in a namespace of one's own are its doing") {
  const Refusal refusal =
      why_no_capability(with({{"kernel.apparmor_restrict_unprivileged_userns", 1}}));
  CHECK(refusal.cause == kAppArmorCause);
  CHECK(refusal.fix == kAppArmorFix);
  Restrictions filtered = with({});
  filtered.filtered = true;
  CHECK(why_no_capability(filtered).cause ==
        "a system call filter around this process, as containers have one, forbids mounts");
}

TEST_CASE("a fix by command can be run as it stands, and lasts") {
  using Commands = std::vector<std::string>;
  CHECK(why_no_namespace(ENOSPC, with({{"user.max_mnt_namespaces", 0}})).commands ==
        Commands{"sudo sysctl -w user.max_mnt_namespaces=10000",
                 "echo 'user.max_mnt_namespaces = 10000' | sudo tee "
                 "/etc/sysctl.d/60-user.max_mnt_namespaces.conf"});
  Restrictions odd = with({{"kernel.apparmor_restrict_unprivileged_userns", 1}});
  odd.program = "/opt/it's [here]/devbox";
  CHECK(
      why_no_namespace(EPERM, odd).commands ==
      Commands{"printf 'abi <abi/4.0>,\\nprofile devbox \"%s\" flags=(unconfined) { userns, }\\n' "
               "'/opt/it'\\''s \\[here\\]/devbox' | sudo tee /etc/apparmor.d/devbox",
               "sudo apparmor_parser -r /etc/apparmor.d/devbox"});
}

TEST_CASE("every limit that forbids a namespace is found, not the first alone") {
  const auto limits = forbidding_limits(with({{"user.max_user_namespaces", 0},
                                              {"user.max_mnt_namespaces", 9},
                                              {"user.max_net_namespaces", 0}}));
  REQUIRE(limits.size() == 2);
  CHECK(limits[0].kind == "user");
  CHECK(limits[1].kind == "net");
}

TEST_CASE("a chroot is what has no mount at its root") {
  const char* kRoot = "22 1 8:1 / / rw,relatime - ext4 /dev/vda rw\n";
  const char* kProc = "30 22 0:20 / /proc rw - proc proc rw\n";
  CHECK_FALSE(is_chroot(std::string(kRoot) + kProc));
  CHECK(is_chroot(kProc));
  CHECK_FALSE(is_chroot(""));  // there is no /proc to ask
}

TEST_CASE("this machine's own restrictions can be asked") {
  const Restrictions found = restrictions();
  CHECK(found.program.starts_with('/'));
  CHECK_FALSE(found.root_without_setfcap);
}

}  // namespace devbox::host
