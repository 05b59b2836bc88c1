#!/usr/bin/env bash
# machine: bookworm
# seconds: 600
# Limits where a user has fewer controllers, no systemd, one that does not answer, or a group of its own.
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
  true_that "it waited" [ $((SECONDS - began)) -ge 4 ]
  holds "what is told" "$(words "$err")" "does not answer"
}

# own COMMAND…: as nosub in a group that is its own, as a CI runner or a container has.
own() {
  local group=/sys/fs/cgroup/runner
  mkdir -p $group
  echo "+cpu +memory +pids" >/sys/fs/cgroup/cgroup.subtree_control
  chown nosub $group $group/cgroup.procs $group/cgroup.subtree_control $group/cgroup.threads
  [ ! -d $group/devbox-outside ] || group=$group/devbox-outside  # where its processes went
  bash -c 'cd /home/nosub && echo $$ >'$group'/cgroup.procs && exec "$@"' - \
    setpriv --reuid nosub --regid nosub --init-groups --reset-env /usr/bin/env "${surroundings[@]}" "$@"
}

check_a_group_of_ones_own_is_divided() {
  plain_profile_of nosub
  hear own "$DEVBOX" run -p box --memory 50MiB --pids 20 --swap 0 -- \
    sh -c 'cat /proc/self/cgroup /sys/fs/cgroup/memory.max /sys/fs/cgroup/pids.max; exec tail /dev/zero'
  same "what holds" "0::/ 52428800 20" "$(words "$out")"
  same "what is told" \
    "137 devbox: killed: memory limit of 50 MiB reached; peak 50.0 MiB; raise [limits] memory" "$status $(words "$err")"
  hear own "$DEVBOX" run -p box --memory 40MiB -- cat /sys/fs/cgroup/memory.max
  same "a second one" "41943040" "$out$err"
  same "the groups that are left" "/sys/fs/cgroup/runner /sys/fs/cgroup/runner/devbox-outside" \
    "$(words "$(find /sys/fs/cgroup/runner -type d | sort)")"
}

check_what_a_killed_launcher_left_the_next_start_removes() {
  plain_profile_of nosub
  own sh -c '"$DEVBOX" run -p box --memory 50MiB -- sleep 50 & sleep 2; kill -9 $!; sleep 1'
  hear own "$DEVBOX" run -p box -- true
  same "it" "0" "$status$out$err"
  same "the groups that are left" "/sys/fs/cgroup/runner /sys/fs/cgroup/runner/devbox-outside" \
    "$(words "$(find /sys/fs/cgroup/runner -type d | sort)")"
}

check_an_oom_group_in_a_group_of_ones_own_is_told() {
  plain_profile_of nosub
  hear own "$DEVBOX" run -p box --memory 50MiB --swap 0 --oom-group -- sh -c 'tail /dev/zero; echo survived'
  same "what is told" \
    "137 devbox: killed: memory limit of 50 MiB reached; peak 50.0 MiB; raise [limits] memory" "$status$out $(words "$err")"
}

run_checks "$@"
