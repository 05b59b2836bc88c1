#!/usr/bin/env bash
# machine: bookworm
# kernel: cgroup_disable=memory
# A kernel without the memory controller: systemd takes the limit and applies nothing.
. "$(dirname "$0")/../lib.sh"

check_a_limit_that_nothing_holds_is_told() {
  plain_profile_of tester
  hear session tester "$DEVBOX" run -p box --memory 1GiB --pids 30 -- cat /sys/fs/cgroup/pids.max
  same "what holds" "0 30" "$status $out"
  holds "what is told" "$(words "$err")" \
    "\`limits.memory\` does not hold: the controller memory is not delegated to you"
  hear session tester "$DEVBOX" run -p box --memory 1GiB --limits-required -- echo ran
  same "what is required" "125" "$status$out"
}

run_checks "$@"
