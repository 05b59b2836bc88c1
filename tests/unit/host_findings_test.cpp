// Hosts that this one is not, as facts: what is found, which feature it touches, what mends it.
#include <doctest/doctest.h>

#include <cerrno>
#include <functional>
#include <string>
#include <vector>

#include "host/failure.hpp"
#include "host/storage.hpp"
#include "host_machine.hpp"

namespace devbox::host {
namespace {

using kernel::Step;

struct Row {
  const char* reason;
  std::function<void(Machine&)> change;
  const char* name;
  State state;
  Feature feature;
  bool works;
  const char* found;    // a part of it
  const char* fix;      // a part of it
  const char* command;  // the first; empty: there is none
};

std::vector<Finding> problems(const Machine& machine) {
  std::vector<Finding> list;
  for (Finding& finding : findings(machine)) {
    if (finding.state != State::ok) list.push_back(std::move(finding));
  }
  return list;
}

void check(const Row& row) {
  Machine machine = a_machine();
  row.change(machine);
  const std::vector<Finding> all = findings(machine);
  CHECK_MESSAGE(works(all, usual_needs()) == row.works, row.reason);
  const std::vector<Finding> list = problems(machine);
  REQUIRE_MESSAGE(!list.empty(), row.reason);
  const Finding& finding = list.front();
  CHECK_MESSAGE(finding.name == row.name, row.reason);
  CHECK_MESSAGE(text_of(finding.state) == text_of(row.state), row.reason);
  CHECK_MESSAGE(key_of(finding.feature) == key_of(row.feature), row.reason);
  CHECK_MESSAGE(finding.found.find(row.found) != std::string::npos,
                row.reason << ": " << finding.found);
  CHECK_MESSAGE(finding.fix.find(row.fix) != std::string::npos, row.reason << ": " << finding.fix);
  CHECK_MESSAGE((finding.commands.empty() ? "" : finding.commands.front()) == row.command,
                row.reason);
}

void check_all(const std::vector<Row>& rows) {
  for (const Row& row : rows) check(row);
}

}  // namespace

TEST_CASE("on a machine that allows everything nothing is missing") {
  CHECK(problems(a_machine()).empty());
  CHECK(findings(a_machine()).size() == 25);
  CHECK(works(findings(a_machine()), usual_needs()));
}

TEST_CASE("who forbids user namespaces is found") {
  const char* kSysctl = "sudo sysctl -w ";
  check_all({
      {"the sysctl of Debian's kernels",
       [](Machine& m) {
         fail(m, Step::clone, EPERM, true);
         m.trial.network = Trial::kUntried;
         m.restrictions.sysctls["kernel.unprivileged_userns_clone"] = 0;
       },
       "user namespaces", State::broken, Feature::box, false,
       "this host forbids unprivileged user namespaces (kernel.unprivileged_userns_clone = 0)",
       "allows them until the next boot", "sudo sysctl -w kernel.unprivileged_userns_clone=1"},
      {"a limit of 0 is named by its kind, and once",
       [](Machine& m) {
         fail(m, Step::clone, ENOSPC, true);
         m.restrictions.sysctls["user.max_pid_namespaces"] = 0;
       },
       "pid namespaces", State::broken, Feature::box, false,
       "this host forbids pid namespaces (user.max_pid_namespaces = 0)", kSysctl,
       "sudo sysctl -w user.max_pid_namespaces=10000"},
      {"without net namespaces there is no network of one's own, and the rest works",
       [](Machine& m) {
         m.trial.network = ENOSPC;
         m.restrictions.sysctls["user.max_net_namespaces"] = 0;
       },
       "net namespaces", State::missing, Feature::no_network, true, "user.max_net_namespaces = 0",
       kSysctl, "sudo sysctl -w user.max_net_namespaces=10000"},
      {"a limit that is used up has no sysctl at 0",
       [](Machine& m) { fail(m, Step::clone, ENOSPC, true); }, "user namespaces", State::broken,
       Feature::box, false, "a limit on namespaces is reached", "sysctl -a", ""},
      {"Ubuntu 24.04 lets it be made, and refuses what needs a capability",
       [](Machine& m) {
         fail(m, Step::setgroups, EACCES, true);
         m.restrictions.sysctls["kernel.apparmor_restrict_unprivileged_userns"] = 1;
         m.restrictions.label_inside = "unprivileged_userns (enforce)";
       },
       "user namespaces", State::broken, Feature::box, false,
       "(kernel.apparmor_restrict_unprivileged_userns = 1)", "for this program alone",
       "printf 'abi <abi/4.0>,\\nprofile devbox \"%s\" flags=(unconfined) { userns, }\\n' "
       "/usr/local/bin/devbox | sudo tee /etc/apparmor.d/devbox"},
      {"the same where the ids were mapped and the first mount is refused",
       [](Machine& m) {
         fail(m, Step::tmpfs, EPERM, true);
         m.restrictions.label_inside = "unprivileged_userns (enforce)";
       },
       "mounts", State::broken, Feature::box, false,
       "(kernel.apparmor_restrict_unprivileged_userns = 1)", "for this program alone",
       "printf 'abi <abi/4.0>,\\nprofile devbox \"%s\" flags=(unconfined) { userns, }\\n' "
       "/usr/local/bin/devbox | sudo tee /etc/apparmor.d/devbox"},
      {"docker's filter",
       [](Machine& m) {
         fail(m, Step::clone, EPERM, true);
         m.restrictions.filtered = true;
       },
       "user namespaces", State::broken, Feature::box, false,
       "a system call filter around this process", "seccomp=unconfined", ""},
      {"a chroot",
       [](Machine& m) {
         fail(m, Step::clone, EPERM, true);
         m.restrictions.chroot = true;
       },
       "user namespaces", State::broken, Feature::box, false, "in a chroot", "outside the chroot",
       ""},
      {"a filter that kills",
       [](Machine& m) {
         m.trial.attempts = {{Step::clone, 0}, {Step::handshake, EPIPE}};
       },
       "user namespaces", State::broken, Feature::box, false, "cannot hear from", "", ""},
  });
}

TEST_CASE("a limit that is 0 is not also said to be user namespaces that fail") {
  Machine machine = a_machine();
  fail(machine, Step::clone, ENOSPC, true);
  machine.restrictions.sysctls["user.max_user_namespaces"] = 0;
  machine.restrictions.sysctls["user.max_uts_namespaces"] = 0;
  const std::vector<Finding> list = problems(machine);
  REQUIRE(list.size() == 2);
  CHECK(list[0].name == "user namespaces");
  CHECK(list[1].name == "uts namespaces");
}

TEST_CASE("AppArmor's restriction is not in the way of a program that has a profile") {
  Machine machine = a_machine();
  machine.restrictions.sysctls["kernel.apparmor_restrict_unprivileged_userns"] = 1;
  machine.restrictions.label_inside = "devbox (unconfined)";
  CHECK(problems(machine).empty());
}

TEST_CASE("a mount that is refused is found, with what it costs") {
  check_all({
      {"a container's masked /proc",
       [](Machine& m) {
         fail(m, Step::proc, EPERM, false);
         m.covered_proc = {"/proc/kcore", "/proc/sys"};
       },
       "/proc", State::broken, Feature::box, false, "covered here: /proc/kcore, /proc/sys",
       "systempaths=unconfined", ""},
      {"no overlay module", [](Machine& m) { fail(m, Step::overlay, ENODEV, false); }, "overlay",
       State::missing, Feature::overlay, true, "No such device", "loads it",
       "sudo modprobe overlay"},
      {"Linux 5.10 has no overlay for users, and boxes do without",
       [](Machine& m) {
         m.kernel = {5, 10};
         fail(m, Step::overlay, EPERM, false);
       },
       "overlay", State::missing, Feature::speed, true, "Operation not permitted",
       "Linux 5.11 or later", ""},
      {"a state directory without user extended attributes",
       [](Machine& m) { fail(m, Step::upper, EOPNOTSUPP, false); }, "writable overlay",
       State::missing, Feature::writable, true, "cannot keep what a box writes in",
       "tmpfs has them from Linux 6.6", ""},
      {"a state directory on a network file system",
       [](Machine& m) { fail(m, Step::upper, EREMOTE, false); }, "writable overlay", State::missing,
       Feature::writable, true, "Object is remote", "set XDG_STATE_HOME", ""},
      {"Linux 5.10 has no overlay to write to",
       [](Machine& m) { fail(m, Step::writable, EPERM, false); }, "writable overlay",
       State::missing, Feature::writable, true, "Operation not permitted", "Linux 5.11 or later",
       ""},
      {"a covered /sys", [](Machine& m) { fail(m, Step::sysfs, EPERM, false); }, "network",
       State::missing, Feature::no_network, true, "mount a fresh /sys", "/sys unmasked", ""},
      {"podman's filter", [](Machine& m) { fail(m, Step::hostname, EPERM, false); }, "host name",
       State::broken, Feature::box, false, "Operation not permitted", "seccomp=unconfined", ""},
      {"an initramfs as root", [](Machine& m) { fail(m, Step::pivot_root, EINVAL, false); }, "root",
       State::broken, Feature::box, false, "cannot enter the box's root: Invalid", "initramfs", ""},
      {"no system call filters", [](Machine& m) { fail(m, Step::seccomp, EINVAL, false); },
       "system call filter", State::missing, Feature::filter, false, "Invalid argument",
       "CONFIG_SECCOMP_FILTER", ""},
  });
}

TEST_CASE("a kernel that is too old, or lacks calls, is found") {
  check_all({
      {"below 5.2 nothing works",
       [](Machine& m) {
         m.kernel = {4, 18};
         fail(m, Step::tmpfs, ENOSYS, true);
       },
       "version", State::broken, Feature::box, false, "Linux 4.18 is too old", "Linux 5.2", ""},
      {"5.10 has no mount_setattr, and older calls do",
       [](Machine& m) {
         m.calls = {{"openat2", EINVAL}, {"mount_setattr", ENOSYS}};
       },
       "newer calls", State::missing, Feature::speed, true, "there is no mount_setattr",
       "Linux 5.12", ""},
      {"half an installation",
       [](Machine& m) {
         m.init.clear();
         m.no_init = {"cannot find devbox-init", "install devbox anew", {}};
       },
       "devbox-init", State::broken, Feature::box, false, "cannot find", "anew", ""},
  });
}

TEST_CASE("what subordinate ids need is found") {
  check_all({
      {"not installed", [](Machine& m) { m.newuidmap.path.clear(); }, "newuidmap", State::missing,
       Feature::subordinate_ids, true, "newuidmap is not installed", "installs it",
       "sudo apt-get install -y uidmap"},
      {"a copy of it is not privileged, and must not be made so",
       [](Machine& m) { m.newgidmap.privileged = false; }, "newgidmap", State::broken,
       Feature::subordinate_ids, true, "neither setuid root", "puts it back",
       "sudo apt-get install -y --reinstall uidmap"},
      {"in a user namespace without root's id, nothing is to be installed anew",
       [](Machine& m) {
         m.newuidmap.privileged = false;
         m.newuidmap.is_foreign = true;
       },
       "newuidmap", State::broken, Feature::subordinate_ids, true, "who has no id here",
       "outside of it", ""},
      {"on a mount that ignores the bit", [](Machine& m) { m.newuidmap.nosuid = true; },
       "newuidmap", State::broken, Feature::subordinate_ids, true, "mounted nosuid",
       "without nosuid", ""},
      {"no_new_privs, as in a box", [](Machine& m) { m.restrictions.no_new_privs = true; },
       "newuidmap", State::broken, Feature::subordinate_ids, true, "no_new_privs is set",
       "no-new-privileges=false", ""},
      {"it looks right and refuses", [](Machine& m) { m.refusing_helper = "newgidmap"; },
       "newgidmap", State::broken, Feature::subordinate_ids, true, "newgidmap failed",
       "/etc/subuid", ""},
      {"no ranges of one kind",
       [](Machine& m) {
         m.subordinate = {{{100000, 65536}}, {}, "sudo usermod x"};
       },
       "ranges", State::missing, Feature::subordinate_ids, true, "ann has no subordinate gids",
       "adds them", "sudo usermod x"},
      {"ranges that do not reach nobody",
       [](Machine& m) {
         m.subordinate = {{{100000, 1000}}, {{100000, 65536}}, {}};
       },
       "ranges", State::missing, Feature::high_ids, true, "1000 subordinate uids", "larger ranges",
       ""},
  });
}

TEST_CASE("a directory that cannot be used is found") {
  check_all({
      {"another user's in /tmp is not to be taken over", [](Machine& m) { m.runtime.owner = 1001; },
       "running boxes", State::broken, Feature::box, false, kNotYoursAlone, kMakeItYours, ""},
      {"one that others may write", [](Machine& m) { m.runtime.mode = 0777; }, "running boxes",
       State::broken, Feature::box, false, kNotYoursAlone, kMakeItYours, ""},
      {"after a run with sudo, state is root's", [](Machine& m) { m.state.owner = 0; },
       "private homes", State::broken, Feature::private_home, false, "belongs to uid 0", "given",
       "sudo chown -R 1000 /home/ann/.local/state/devbox"},
      {"a path with a blank",
       [](Machine& m) {
         m.state = a_directory("/home/ann b/devbox");
         m.state.mode = 0775;
       },
       "private homes", State::broken, Feature::private_home, false, "others may change",
       "take that", "chmod go-w '/home/ann b/devbox'"},
      {"read-only", [](Machine& m) { m.state.read_only = true; }, "private homes", State::broken,
       Feature::private_home, false, "Read-only file system", "can be written", ""},
      {"full", [](Machine& m) { m.state.free_bytes = 4096; }, "private homes", State::broken,
       Feature::private_home, false, "No space left", "free some space", ""},
      {"no inodes", [](Machine& m) { m.runtime.free_inodes = 0; }, "running boxes", State::broken,
       Feature::box, false, "no inodes are left", "df -i", ""},
      {"may not be looked at",
       [](Machine& m) {
         m.state.there.clear();
         m.state.err = EACCES;
       },
       "private homes", State::broken, Feature::private_home, false, "Permission denied", "namei",
       ""},
      {"a file in its place", [](Machine& m) { m.state.is_directory = false; }, "private homes",
       State::broken, Feature::private_home, false, "Not a directory", "namei", ""},
      {"noexec costs the programs in homes and no more", [](Machine& m) { m.state.noexec = true; },
       "private homes", State::broken, Feature::home_programs, true, "mounted noexec",
       "XDG_STATE_HOME",
       "sudo mount -o remount,exec \"$(stat -c %m /home/ann/.local/state/devbox)\""},
      {"NFS does not know mapped ids", [](Machine& m) { m.state.type = "nfs"; }, "private homes",
       State::missing, Feature::remote_ids, true, "is on nfs", "local file system", ""},
      {"Lustre for the store", [](Machine& m) { m.data.type = "lustre"; }, "store", State::missing,
       Feature::remote_ids, true, "is on lustre", "local file system", ""},
      {"a store that is root's", [](Machine& m) { m.data.owner = 0; }, "store", State::broken,
       Feature::images, true, "belongs to uid 0", "given",
       "sudo chown -R 1000 /home/ann/.local/share/devbox"},
  });
}

TEST_CASE("a directory that is not there yet is judged by the one that it will be made in") {
  Machine machine = a_machine();
  machine.state.there = "/home";  // root's, 0755
  machine.state.owner = 0;
  machine.state.mode = 0755;
  CHECK(problems(machine).empty());
  machine.state.writable = false;
  CHECK(problems(machine).front().found == "/home: Permission denied");
}

TEST_CASE("terminal, language, programs and limits are found, and are in nobody's way") {
  check_all({
      {"a terminal that is newer than the host",
       [](Machine& m) {
         m.term = "xterm-kitty";
         m.terminfo.clear();
       },
       "terminal", State::missing, Feature::terminal, true, "of the terminal xterm-kitty",
       "installs it", "sudo apt-get install -y ncurses-term"},
      {"a locale that ssh brought along",
       [](Machine& m) {
         m.locale = "de_AT.UTF-8@euro";
         m.has_locale = false;
         m.distribution.family = Family::arch;
       },
       "language", State::missing, Feature::locale, true, "no locale de_AT.UTF-8@euro", "makes it",
       "sudo localedef -i de_AT -f UTF-8 de_AT.UTF-8@euro"},
      {"a locale that is a command",
       [](Machine& m) {
         m.locale = "x.$(reboot)";
         m.has_locale = false;
       },
       "language", State::missing, Feature::locale, true, "no locale", "locale -a", ""},
      {"no mmdebstrap on Fedora",
       [](Machine& m) {
         m.helpers[2].path.clear();
         m.distribution.family = Family::fedora;
       },
       "mmdebstrap", State::missing, Feature::trees, true, "mmdebstrap is not installed",
       "Debian and Ubuntu have it", ""},
      {"no getent on Alpine",
       [](Machine& m) {
         m.helpers[0].path.clear();
         m.distribution.family = Family::alpine;
       },
       "getent", State::missing, Feature::accounts, true, "getent is not installed", "installs it",
       "sudo apk add musl-utils"},
      {"systemd gives memory and pids by itself",
       [](Machine& m) {
         m.delegation.controllers = {"memory", "pids"};
       },
       "cgroups", State::missing, Feature::limits, true, "cpu, cpuset, io is not delegated to ann",
       "and a new login", "sudo mkdir -p /etc/systemd/system/user@.service.d"},
      {"version 1",
       [](Machine& m) {
         m.delegation = {Delegation::Version::hybrid, true, "", {}};
       },
       "cgroups", State::missing, Feature::limits, true, "cgroup version 1",
       "unified_cgroup_hierarchy", ""},
      {"a container",
       [](Machine& m) {
         m.delegation = {Delegation::Version::v2, false, "", {}};
       },
       "cgroups", State::missing, Feature::limits, true, "no cgroup is delegated to ann",
       "cgroups(7)", ""},
  });
}

TEST_CASE("on Alpine every locale is there") {
  Machine machine = a_machine();
  machine.has_locale = false;
  machine.locale = "de_DE.UTF-8";
  machine.distribution.family = Family::alpine;
  CHECK(problems(machine).empty());
}

TEST_CASE("a feature that a profile needs is in its way, where it is in nobody else's") {
  Machine machine = a_machine();
  machine.subordinate = {};
  const std::vector<Finding> all = findings(machine);
  CHECK(works(all, usual_needs()));
  CHECK_FALSE(works(all, {Feature::box, Feature::subordinate_ids}));
}

TEST_CASE("a finding is said in the words of the start that would fail") {
  Machine machine = a_machine();
  fail(machine, Step::proc, EPERM, false);
  CHECK(problems(machine).front().fix == failure(Step::proc, EPERM, "/proc").hint());
  CHECK(problems(machine).front().found ==
        "cannot mount a fresh /proc on /proc: Operation not permitted");
}

}  // namespace devbox::host
