// A made-up machine on which everything works.
#pragma once

#include "host/machine.hpp"

namespace devbox::host {

inline Storage a_directory(const std::string& path) {
  Storage storage;
  storage.path = path;
  storage.there = path;
  storage.owner = 1000;
  storage.mode = 0700;
  storage.writable = true;
  storage.type = "ext4";
  storage.free_bytes = std::uint64_t{50} << 30;
  storage.free_inodes = 1'000'000;
  return storage;
}

inline Machine a_machine() {
  using kernel::Step;
  Machine machine;
  machine.user = "ann";
  machine.uid = 1000;
  machine.kernel = {6, 8};
  machine.distribution = {Family::debian, "Ubuntu 24.04.1 LTS"};
  machine.restrictions.program = "/usr/local/bin/devbox";
  machine.restrictions.label = "unconfined";
  for (const Step step :
       {Step::clone,      Step::setgroups,  Step::uid_map,      Step::gid_map,
        Step::tmpfs,      Step::stage,      Step::hostname,     Step::proc,
        Step::devpts,     Step::loopback,   Step::sysfs,        Step::overlay,
        Step::upper,      Step::writable,   Step::open_tree,    Step::mount_attributes,
        Step::move_mount, Step::pivot_root, Step::no_new_privs, Step::seccomp}) {
    machine.trial.attempts.push_back({step, 0});
  }
  machine.trial.network = 0;
  machine.calls = {{"openat2", 22}, {"mount_setattr", 22}};
  machine.init = "/usr/local/libexec/devbox/devbox-init";
  machine.newuidmap = {"newuidmap", "/usr/bin/newuidmap", true, false, false};
  machine.newgidmap = {"newgidmap", "/usr/bin/newgidmap", true, false, false};
  machine.subordinate = {{{100000, 65536}}, {{100000, 65536}}, {}};
  machine.runtime = a_directory("/run/user/1000/devbox");
  machine.state = a_directory("/home/ann/.local/state/devbox");
  machine.data = a_directory("/home/ann/.local/share/devbox");
  machine.delegation = {
      Delegation::Version::v2, true, "/sys/fs/cgroup/x", {"cpu", "cpuset", "io", "memory", "pids"}};
  machine.group = "a scope of the systemd that listens in /run/user/1000";
  machine.term = "xterm";
  machine.terminfo = "/usr/share/terminfo/x/xterm";
  machine.locale = "C.UTF-8";
  machine.helpers = {{"getent", "/usr/bin/getent"},
                     {"getsubids", "/usr/bin/getsubids"},
                     {"mmdebstrap", "/usr/bin/mmdebstrap"}};
  return machine;
}

// As a trial that ended at `step`, or went on where it may.
inline void fail(Machine& machine, kernel::Step step, int err, bool ends) {
  auto& attempts = machine.trial.attempts;
  for (std::size_t i = 0; i < attempts.size(); ++i) {
    if (attempts[i].step != step) continue;
    attempts[i].err = err;
    if (ends) attempts.resize(i + 1);
  }
}

}  // namespace devbox::host
