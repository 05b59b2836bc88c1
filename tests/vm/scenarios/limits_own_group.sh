#!/usr/bin/env bash
# machine: bookworm bullseye
# Limits by a group that is the user's own, as a container, a runner or a batch job has it.
. "$(dirname "$0")/../lib.sh"

# Linux 5.19 and later keep it.
peak=
[ ! -e /sys/fs/cgroup/init.scope/memory.peak ] || peak="peak 50.0 MiB; "

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
    "137 devbox: killed: memory limit of 50 MiB reached; ${peak}raise [limits] memory" "$status $(words "$err")"
  hear own "$DEVBOX" run -p box --memory 40MiB -- cat /sys/fs/cgroup/memory.max
  same "a second one" "41943040" "$out$err"
  same "the groups that are left" "/sys/fs/cgroup/runner /sys/fs/cgroup/runner/devbox-outside" \
    "$(words "$(find /sys/fs/cgroup/runner -type d | sort)")"
}

# As of a launcher that was killed before its box was there.
check_a_group_that_nobody_came_to_live_in_is_removed() {
  plain_profile_of nosub
  own mkdir /sys/fs/cgroup/runner/devbox-4000000.5f
  hear own "$DEVBOX" run -p box --memory 50MiB -- true
  same "it" "0" "$status$out$err"
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

# Each command tells what was felt while it ran: of two one that is killed itself, and the box's own at its end.
check_who_joins_comes_into_the_group() {
  plain_profile_of nosub
  own sh -c 'mkfifo hold; "$DEVBOX" run -p box --memory 50MiB --swap 0 -- sh -c "cat >/dev/null" <hold & exec 9>hold
    for i in $(seq 50); do [ -n "$("$DEVBOX" ps --quiet)" ] && break; sleep 0.2; done
    "$DEVBOX" exec box -- sh -c "cat /proc/self/cgroup /sys/fs/cgroup/memory.max; exec tail /dev/zero"
    echo "status $?"; "$DEVBOX" exec box -- echo fine; exec 9>&-; wait; rm hold; "$DEVBOX" ps --quiet' >"$here/joined" 2>&1
  same "what it sees and how it ends" \
    "0::/ 52428800 devbox: killed: memory limit of 50 MiB reached; ${peak}raise [limits] memory status 137 fine \
devbox: a process was killed: memory limit of 50 MiB reached; ${peak}raise [limits] memory" \
    "$(words "$(<"$here/joined")")"
  same "the groups that are left" "/sys/fs/cgroup/runner /sys/fs/cgroup/runner/devbox-outside" \
    "$(words "$(find /sys/fs/cgroup/runner -type d | sort)")"
}

check_an_oom_group_in_a_group_of_ones_own_is_told() {
  plain_profile_of nosub
  hear own "$DEVBOX" run -p box --memory 50MiB --swap 0 --oom-group -- sh -c 'tail /dev/zero; echo survived'
  same "what is told" \
    "137 devbox: killed: memory limit of 50 MiB reached; ${peak}raise [limits] memory" "$status$out $(words "$err")"
}

check_a_devbox_scope_that_cannot_run_is_told() {
  plain_profile_of tester
  hear session tester "$DEVBOX" run -p box --memory 1GiB -- echo ran
  same "the command" "0ran" "$status$out"
  holds "what is told" "$(words "$err")" "\`limits.memory\` does not hold: devbox-scope failed"
}

# The C library of bullseye is older than the one that devbox-scope was built with.
[ "$machine" = bullseye ] || DEVBOX_E2E_LEAVE_OUT=a_devbox_scope_that_cannot_run_is_told

run_checks "$@"
