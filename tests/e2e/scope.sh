#!/usr/bin/env bash
# devbox-scope against managers of our own (fake_manager.cpp), which misbehave on demand.
. "$(dirname "$0")/lib.sh"
needs dbus-daemon
readonly scope=$(dirname "$DEVBOX")/devbox-scope
readonly manager=$DEVBOX_E2E_BUILD/tests/fake_manager
for program in "$scope" "$manager"; do
  [ -x "$program" ] || { echo "there is no $program" >&2; exit 1; }
done

readonly calls_for_a_scope='/org/freedesktop/systemd1 StartTransientUnit: "devbox-x.scope" "fail" [("Description" s "a box") ("PIDs" au [42]) ("Delegate" b 1) ("CollectMode" s "inactive-or-failed")] []
/org/freedesktop/systemd1/unit/devbox_2dx_2escope Get: "org.freedesktop.systemd1.Scope" "ControlGroup"'

# --- Managers ---

is_ready() { [ "$(head -n 1 "$here/calls" 2>/dev/null)" = ready ]; }

# manager_at SOCKET HOW [BEFORE…]: $manager_pid, and what it hears in $here/calls. BEFORE starts it.
manager_at() {
  local socket=$1 how=$2
  shift 2
  mkdir -p "$(dirname "$socket")"
  rm -f "$socket"
  "$@" "$manager" socket "$socket" "$how" >"$here/calls" &
  manager_pid=$!
  eventually "the manager listens" is_ready
}

# user_manager HOW [BEFORE…]: where that of the user is.
user_manager() { manager_at "$XDG_RUNTIME_DIR/systemd/private" "$@"; }

stop() {
  kill -KILL "$1" 2>/dev/null  # unshare --fork ignores SIGTERM
  wait "$1" 2>/dev/null
}

calls() { sed 1d "$here/calls"; }

# session_bus: $bus_pid.
session_bus() {
  dbus-daemon --session --nofork --print-address=1 --address="unix:path=$XDG_RUNTIME_DIR/bus" \
    >"$here/bus_says" 2>&1 &
  bus_pid=$!
  eventually "the bus listens" test -s "$here/bus_says"
}

# manager_on_bus HOW
manager_on_bus() {
  DBUS_SESSION_BUS_ADDRESS=unix:path=$XDG_RUNTIME_DIR/bus "$manager" bus "$1" >"$here/calls" &
  manager_pid=$!
  eventually "the manager is on the bus" is_ready
}

# --- What devbox-scope answers ---

# says STATUS TEXT COMMAND…: it ends so, TEXT is all that it says, and it is on standard output.
says() {
  local expected_status=$1 text=$2
  shift 2
  capture "$@"
  same "the status of ${*:2}" "$expected_status" "$status"
  same "the answer to ${*:2}" "$text" "$out"
  same "the standard error of ${*:2}" "" "$err"
}

# starts STATUS TEXT [BEFORE…]: a scope without limits.
starts() {
  local expected_status=$1 text=$2
  shift 2
  says "$expected_status" "$text" "$@" "$scope" --timeout-ms=4000 start devbox-x.scope 42 "a box"
}

check_a_scope_is_asked_for_and_its_control_group_is_the_answer() {
  user_manager well
  starts 0 /user/devbox-x.scope
  same "the calls" "$calls_for_a_scope" "$(calls)"
}

check_limits_have_the_types_that_systemd_gives_them() {
  user_manager well
  says 0 /user/devbox-x.scope "$scope" start devbox-x.scope 42 "größer & \"mehr\"" MemoryMax=52428800 \
    MemoryHigh=18446744073709551614 MemorySwapMax=infinity CPUQuotaPerSecUSec=1500000 CPUWeight=50 IOWeight=200 \
    TasksMax=10 AllowedCPUs=0-3,8 "IOReadBandwidthMax=/dev/nvme0n1 2000000" "IOWriteBandwidthMax=/dev/a b 1" \
    "IOReadIOPSMax=/dev/sda infinity" "IOWriteIOPSMax=/dev/sda 7" "IOWriteIOPSMax=/dev/sdb 8" IOAccounting=yes Delegate=no
  local properties='("Description" s "größer & "mehr"") ("PIDs" au [42]) ("Delegate" b 1)'
  properties+=' ("CollectMode" s "inactive-or-failed") ("MemoryMax" t 52428800) ("MemoryHigh" t 18446744073709551614)'
  properties+=' ("MemorySwapMax" t 18446744073709551615) ("CPUQuotaPerSecUSec" t 1500000) ("CPUWeight" t 50)'
  properties+=' ("IOWeight" t 200) ("TasksMax" t 10) ("AllowedCPUs" ay [15 1])'
  properties+=' ("IOReadBandwidthMax" a(st) [("/dev/nvme0n1" 2000000)])'
  properties+=' ("IOWriteBandwidthMax" a(st) [("/dev/a b" 1)])'
  properties+=' ("IOReadIOPSMax" a(st) [("/dev/sda" 18446744073709551615)])'
  properties+=' ("IOWriteIOPSMax" a(st) [("/dev/sda" 7)]) ("IOWriteIOPSMax" a(st) [("/dev/sdb" 8)])'
  properties+=' ("IOAccounting" b 1) ("Delegate" b 0)'
  same "the first call" "/org/freedesktop/systemd1 StartTransientUnit: \"devbox-x.scope\" \"fail\" [$properties] []" \
    "$(calls | head -n 1)"
}

check_a_running_unit_is_changed_until_it_ends() {
  user_manager well
  says 0 "" "$scope" set devbox-x.scope MemoryMax=1 AllowedCPUs=9
  same "the call" \
    '/org/freedesktop/systemd1 SetUnitProperties: "devbox-x.scope" 1 [("MemoryMax" t 1) ("AllowedCPUs" ay [0 2])]' \
    "$(calls)"
}

check_what_the_manager_refuses_is_passed_on_in_one_printable_line() {
  local reason='org.freedesktop.systemd1.UnitExists: Unit devbox-x.scope\x0ais \x1b[31mthere.'
  user_manager refuses
  starts 5 "$reason"
  user_manager refuses
  says 5 "$reason" "$scope" set devbox-x.scope TasksMax=1
  user_manager odd
  starts 5 "the manager's answer is no job"
}

check_a_job_that_does_not_end_well_is_told() {
  user_manager failing
  starts 7 failed
  user_manager empty
  starts 7 "the scope has no control group"
}

check_a_manager_that_hangs_is_given_up_at_the_deadline() {
  local how begun took
  for how in mute deaf forgetful; do
    user_manager "$how"
    begun=$(date +%s%N)
    says 4 "the user's systemd manager gave no answer within 300 ms" "$scope" --timeout-ms=300 start devbox-x.scope 42 x
    took=$((($(date +%s%N) - begun) / 1000000))
    true_that "$how: it took about 300 ms: $took" [ "$took" -ge 300 -a "$took" -lt 3000 ]
    stop "$manager_pid"
  done
}

check_nothing_that_was_inherited_keeps_the_deadline_off() {
  user_manager mute
  says 4 "the user's systemd manager gave no answer within 500 ms" \
    env --block-signal=ALRM --ignore-signal=ALRM "$scope" --timeout-ms=500 set devbox-x.scope TasksMax=1
  stop "$manager_pid"
}

check_a_connection_that_ends_is_told() {
  user_manager closing
  starts 8 "the connection ended: Connection reset by peer"
  user_manager leaving
  starts 8 "the connection ended: Connection reset by peer"
}

check_where_there_is_no_manager_what_was_looked_for_is_said() {
  local private=unix:path=$XDG_RUNTIME_DIR/systemd/private bus=unix:path=$XDG_RUNTIME_DIR/bus
  starts 3 "$private: No such file or directory; $bus: No such file or directory"
  starts 3 "unix:path=/none: No such file or directory" env -u XDG_RUNTIME_DIR DBUS_SESSION_BUS_ADDRESS=unix:path=/none
  starts 3 "neither XDG_RUNTIME_DIR nor DBUS_SESSION_BUS_ADDRESS is set" env -u XDG_RUNTIME_DIR
  starts 3 "nonsense: Connection refused" env -u XDG_RUNTIME_DIR DBUS_SESSION_BUS_ADDRESS=nonsense
  user_manager well
  stop "$manager_pid"
  starts 3 "$private: Connection refused; $bus: No such file or directory"
}

check_a_runtime_directory_may_have_any_name() {
  local directory="$here/a:b,c;d=e %20 ü"
  manager_at "$directory/systemd/private" well
  starts 0 /user/devbox-x.scope env XDG_RUNTIME_DIR="$directory"
}

check_a_wrong_command_line_is_refused_before_anybody_is_asked() {
  user_manager well
  local usage="a part of devbox, which starts it"
  says 2 "$usage" "$scope"
  says 2 "$usage" "$scope" stop devbox-x.scope
  says 2 "$usage" "$scope" start devbox-x.scope 42
  says 2 "$usage" "$scope" set
  says 2 "0: no process" "$scope" start devbox-x.scope 0 x
  says 2 "-1: no process" "$scope" start devbox-x.scope -1 x
  says 2 "2147483648: no process" "$scope" start devbox-x.scope 2147483648 x
  says 2 "--timeout-ms=0: not 1 to 600000" "$scope" --timeout-ms=0 set devbox-x.scope
  says 2 "--timeout-ms=600001: not 1 to 600000" "$scope" --timeout-ms=600001 set devbox-x.scope
  says 2 'Memory\x0aMax=1: there is no such property' "$scope" set devbox-x.scope TasksMax=1 $'Memory\nMax=1'
  says 2 'AllowedCPUs=3-0: no list of processors from 0 to 8191, as "0-3,8" is one' \
    "$scope" start devbox-x.scope 42 x AllowedCPUs=3-0
  same "the calls" "" "$(calls)"
  stop "$manager_pid"
}

check_an_answer_that_cannot_be_written_is_no_success() {
  user_manager well
  says 8 "" sh -c "exec $scope start devbox-x.scope 42 'a box' >/dev/full"
}

check_the_session_bus_serves_where_the_managers_own_socket_does_not() {
  session_bus
  manager_on_bus well
  starts 0 /user/devbox-x.scope
  same "the calls" "$calls_for_a_scope" "$(calls)"
  says 0 "" "$scope" set devbox-x.scope TasksMax=1
  starts 0 /user/devbox-x.scope env -u XDG_RUNTIME_DIR DBUS_SESSION_BUS_ADDRESS="unix:path=$XDG_RUNTIME_DIR/bus"
  stop "$manager_pid"
  manager_on_bus failing
  starts 7 failed
  stop "$manager_pid"
  manager_on_bus deaf
  says 4 "the user's systemd manager gave no answer within 300 ms" "$scope" --timeout-ms=300 set devbox-x.scope
  stop "$manager_pid"
  starts 3 "unix:path=$XDG_RUNTIME_DIR/systemd/private: No such file or directory; unix:path=$XDG_RUNTIME_DIR/bus: org.freedesktop.systemd1 is not on that bus"
  stop "$bus_pid"
}

check_the_managers_own_socket_is_asked_before_the_session_bus() {
  session_bus
  user_manager failing
  starts 7 failed
  stop "$bus_pid"
}

check_a_bus_that_hangs_is_given_up_at_the_deadline() {
  manager_at "$XDG_RUNTIME_DIR/bus" mute
  says 4 "the user's systemd manager gave no answer within 300 ms" "$scope" --timeout-ms=300 set devbox-x.scope
  stop "$manager_pid"
}

check_a_manager_in_another_pid_namespace_is_asked_nothing() {
  local private=unix:path=$XDG_RUNTIME_DIR/systemd/private bus=unix:path=$XDG_RUNTIME_DIR/bus
  local below=(unshare --user --map-current-user --pid --fork --kill-child)
  user_manager well "${below[@]}"
  starts 6 "the systemd manager at $private is in another pid namespace"
  same "what the one in a namespace below is asked" "" "$(calls)"
  stop "$manager_pid"

  local proc
  for proc in --fork --mount-proc; do
    user_manager well
    starts 6 "the systemd manager at $private is in another pid namespace" "${below[@]}" "$proc"
    same "what the one in a namespace above is asked" "" "$(calls)"
    stop "$manager_pid"
  done
  rm -r "$XDG_RUNTIME_DIR/systemd"

  session_bus
  manager_on_bus well
  starts 6 "the systemd manager at $bus is in another pid namespace" "${below[@]}" --mount-proc
  stop "$manager_pid"
  DBUS_SESSION_BUS_ADDRESS=$bus "${below[@]}" "$manager" bus well >"$here/calls" &
  manager_pid=$!
  eventually "the manager is on the bus" is_ready
  starts 6 "the systemd manager at $bus is in another pid namespace"
  same "what the one on a bus that is ours is asked" "" "$(calls)"
  stop "$manager_pid"
  stop "$bus_pid"
}

check_a_socket_of_another_user_is_as_none() {
  local directory=$here/open
  mkdir -p "$directory/systemd"
  chmod 711 "$work" "$here" "$directory"
  chmod 777 "$directory/systemd"
  manager_at "$directory/systemd/private" well \
    unshare --user --map-root-user --map-auto setpriv --reuid 1 --regid 1 --clear-groups sh -c 'umask 0; exec "$@"' sh
  local owner
  owner=$(stat -c %u "$directory/systemd/private")
  true_that "the socket is another's" [ "$owner" != "$(id -u)" ]
  starts 3 "unix:path=$directory/systemd/private: it belongs to uid $owner; unix:path=$directory/bus: No such file or directory" \
    env XDG_RUNTIME_DIR="$directory"
  same "what it is asked" "" "$(calls)"
  stop "$manager_pid"
}

run_checks "$@"
