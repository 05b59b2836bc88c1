#!/usr/bin/env bash
# machine: bookworm
# kernel: systemd.unified_cgroup_hierarchy=0
# A host whose controllers are in cgroup version 1: boxes run, and doctor says what it costs.
. "$(dirname "$0")/../lib.sh"

check_boxes_run_and_doctor_says_that_limits_cannot() {
  plain_profile_of tester
  true_that "the controllers are in version 1" [ -d /sys/fs/cgroup/memory ]
  hear session tester "$DEVBOX" run -p box -- sh -c 'echo entered; cat /proc/self/cgroup | wc -l'
  same "run" "0 entered" "$status $(head -1 <<<"$out")$err"
  hear session tester "$DEVBOX" doctor
  same "the status of doctor" 0 "$status"
  holds "what doctor says" "$(words "$out")" \
    "missing cgroups the controllers are in cgroup version 1, which gives users none"
  holds "what it advises" "$(words "$out")" \
    "boot with \`systemd.unified_cgroup_hierarchy=1\` in the kernel's command line"
}

check_a_limit_is_told_not_to_hold_and_what_does() {
  plain_profile_of tester
  hear session tester "$DEVBOX" run -p box --memory 1GiB --cpuset 0 --nice 5 -- sh -c 'nproc; nice'
  same "what holds" "0 1 5" "$status $(words "$out")"
  holds "what is told" "$(words "$err")" \
    "\`limits.memory\` and \`limits.cpuset\` do not hold: the controllers are in cgroup version 1" \
    "holds as CPU affinity" "systemd.unified_cgroup_hierarchy=1"
}

run_checks "$@"
