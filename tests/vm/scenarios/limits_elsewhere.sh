#!/usr/bin/env bash
# machine: bookworm
# seconds: 600
# Limits where a user has fewer controllers, no systemd, or one that does not answer.
. "$(dirname "$0")/../lib.sh"

check_debian_as_shipped_delegates_no_disk_and_no_cpuset() {
  plain_profile_of tester
  hear session tester "$DEVBOX" run -p box --cpuset 0 --memory 1GiB --io /home:read=1MiB/s -- \
    sh -c 'cat /sys/fs/cgroup/memory.max; nproc'
  same "what holds" "1073741824 1" "$(words "$out")"
  holds "what is told" "$(words "$err")" \
    "\`limits.cpuset\` does not hold: the controller cpuset is not delegated to you; it holds as CPU affinity" \
    "\`limits.io\` does not hold: the controller io is not delegated to you"
  hear session tester "$DEVBOX" run -p box --io /home:read=1MiB/s --limits-required -- echo ran
  same "what is required" "125" "$status$out"
}

check_no_session_bus_is_no_matter() {
  plain_profile_of tester
  hear session tester /usr/bin/env DBUS_SESSION_BUS_ADDRESS=unix:path=/nowhere \
    "$DEVBOX" run -p box --memory 1GiB -- cat /sys/fs/cgroup/memory.max
  same "what holds" "1073741824" "$out$err"
}

check_a_user_without_a_session_has_no_limits_and_is_told() {
  plain_profile_of nosub
  hear bare nosub "$DEVBOX" run -p box --memory 1GiB -- echo ran
  same "the command" "0ran" "$status$out"
  holds "what is told" "$(words "$err")" \
    "\`limits.memory\` does not hold: this user has no systemd manager, and its own cgroup is not its to divide"
}

check_a_systemd_that_hangs_has_a_deadline() {
  local listener began
  plain_profile_of nosub
  install -d -o nosub -g nosub -m 700 /run/hangs /run/hangs/systemd
  systemd-socket-activate -l /run/hangs/systemd/private sleep 100 2>/dev/null &
  listener=$!
  until [ -S /run/hangs/systemd/private ]; do sleep 0.1; done
  chown nosub /run/hangs/systemd/private
  began=$SECONDS
  hear bare nosub /usr/bin/env XDG_RUNTIME_DIR=/run/hangs "$DEVBOX" run -p box --memory 1GiB -- echo ran
  kill "$listener"
  same "the command" "0ran" "$status$out"
  true_that "it waited" [ $((SECONDS - began)) -ge 20 ]
  holds "what is told" "$(words "$err")" "does not answer"
}

run_checks "$@"
