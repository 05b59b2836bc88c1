#!/usr/bin/env bash
# machine: bookworm trixie
# seconds: 600
# Limits that hold: a login session whose user may have every controller.
. "$(dirname "$0")/../lib.sh"

# box COMMAND…: `devbox run` with the options in $options, as an ordinary user.
box() { session tester "$DEVBOX" run -p box "${options[@]}" -- "$@"; }
options=()

# Before the first login: the user's systemd gets its controllers when it starts.
delegate_all() {
  install -d /etc/systemd/system/user@.service.d
  printf '[Service]\nDelegate=cpu cpuset io memory pids\n' >/etc/systemd/system/user@.service.d/delegate.conf
  systemctl daemon-reload
}

# Linux 5.19 and later keep it.
peak=
[ ! -e /sys/fs/cgroup/init.scope/memory.peak ] || peak="peak 50.0 MiB;"

# counter KEY: the counter of a flat file in $out.
counter() { sed -n "s/^$1 //p" <<<"$out" | head -1; }

check_memory_is_enforced_and_told() {
  plain_profile_of tester
  options=(--memory 50MiB --swap 0)
  hear box sh -c 'cat /sys/fs/cgroup/memory.max; head -c 200M /dev/zero | tail >/dev/null'
  same "memory.max inside" 52428800 "$(head -1 <<<"$out")"
  holds "what is told" "$(words "$err")" "memory limit of 50 MiB reached; $peak raise [limits] memory"
  hear box tail /dev/zero
  same "the status" 137 "$status"
  holds "what is told" "$(words "$err")" "devbox: killed: memory limit of 50 MiB reached; $peak raise [limits] memory"
}

check_the_box_is_the_root_of_its_group_and_cannot_write_there() {
  plain_profile_of tester
  options=(--memory 100MiB --pids 20)
  hear box sh -c 'cat /proc/self/cgroup; cat /sys/fs/cgroup/pids.max
    echo 500 >/sys/fs/cgroup/pids.max; echo $? >&2; mkdir /sys/fs/cgroup/x; echo $? >&2'
  same "what it sees" "0::/ 20" "$(words "$out")"
  holds "what it may not" "$(words "$err")" "Read-only file system"
}

check_cpus_are_a_quota() {
  plain_profile_of tester
  options=(--cpus 0.2)
  hear box sh -c 'cat /sys/fs/cgroup/cpu.max; timeout 4 sh -c "while :; do :; done"; cat /sys/fs/cgroup/cpu.stat'
  same "cpu.max" "20000 100000" "$(head -1 <<<"$out")"
  true_that "used at most a quarter of four seconds and a bit" [ "$(counter usage_usec)" -lt 1300000 ]
  true_that "used a good part of its fifth" [ "$(counter usage_usec)" -gt 400000 ]
  true_that "was held up" [ "$(counter nr_throttled)" -gt 10 ]
  holds "what is told" "$(words "$err")" "by the limit of 0.2 processors"
}

# Two that never wait, on the machine's two processors.
check_one_and_a_half_processors_are_a_quota_of_both() {
  plain_profile_of tester
  options=(--cpus 1.5)
  hear box sh -c 'cat /sys/fs/cgroup/cpu.max; timeout 4 sh -c "while :; do :; done" & timeout 4 sh -c "while :; do :; done"
    wait; cat /sys/fs/cgroup/cpu.stat'
  same "cpu.max" "150000 100000" "$(head -1 <<<"$out")"
  true_that "used no more than one and a half of five seconds" [ "$(counter usage_usec)" -lt 7500000 ]
  true_that "used more than one would have" [ "$(counter usage_usec)" -gt 4200000 ]
}

check_pids_stop_a_fork_bomb() {
  plain_profile_of tester
  options=(--pids 10)
  hear box sh -c 'i=0; while [ $i -lt 30 ]; do sleep 3 & i=$((i + 1)); done; wait'
  holds "what is told" "$(words "$err")" "the limit of 10 processes was reached; raise [limits] pids"
}

check_a_cpuset_holds() {
  plain_profile_of tester
  options=(--cpuset 0)
  hear box sh -c 'cat /sys/fs/cgroup/cpuset.cpus.effective; nproc'
  same "the processors" "0 1" "$(words "$out")$err"
}

# The number of the whole disk: io.max knows no partitions.
disk_of() { lsblk -snro MAJ:MIN "$(findmnt -no SOURCE -T "$1")" | tail -n 1; }

check_io_is_limited() {
  local device
  plain_profile_of tester
  install -d -o tester -g tester /home/tester/disk
  device=$(disk_of /home/tester/disk)
  options=(--io "/home/tester/disk:read=2MB/s,write=2MB/s" --bind /home/tester/disk:/home/tester/disk)
  hear box sh -c 'cat /sys/fs/cgroup/io.max; dd if=/dev/zero of=/home/tester/disk/file bs=1M count=8 oflag=direct 2>&1
    cat /sys/fs/cgroup/io.stat; rm /home/tester/disk/file'
  holds "io.max" "$(words "$out")" "$device rbps=2000000 wbps=2000000 riops=max wiops=max"
  holds "io.stat" "$(words "$out")" "wbytes=8388608"
  true_that "eight mebibytes took more than three seconds" \
    awk '/copied/ { if ($(NF-3) + 0 < 3) exit 1 }' <<<"$out"
  head -c 8388608 /dev/zero >/home/tester/disk/file
  hear box sh -c 'dd if=/home/tester/disk/file of=/dev/null bs=1M iflag=direct 2>&1; cat /sys/fs/cgroup/io.stat'
  rm /home/tester/disk/file
  true_that "eight mebibytes were read" [ "$(sed -n 's/.*rbytes=\([0-9]*\).*/\1/p' <<<"$out")" -ge 8388608 ]
  true_that "which took more than three seconds" awk '/copied/ { if ($(NF-3) + 0 < 3) exit 1 }' <<<"$out"
}

check_swap_is_limited() {
  plain_profile_of tester
  options=(--memory 50MiB --swap 8MiB)
  hear box cat /sys/fs/cgroup/memory.swap.max
  same "memory.swap.max" "8388608" "$out$err"
}

check_an_oom_group_ends_all_of_the_box() {
  plain_profile_of tester
  options=(--memory 50MiB --swap 0 --oom-group)
  hear box sh -c 'sleep 30 & tail /dev/zero; echo survived'
  same "status and output" "137" "$status$out"
  holds "what is told" "$(words "$err")" "memory limit of 50 MiB"
}

check_what_a_box_used_is_told() {
  plain_profile_of tester
  options=(--stats)
  hear box sh -c 'head -c 30000000 /dev/zero | tail -c 30000000 | wc -c'
  same "status and output" "0 30000000" "$status $out"
  holds "what is told" "$(words "$err")" "time " "CPU " "memory peak " "disk read "
  options=(--stats=json --memory 100MiB)
  hear box true
  holds "as JSON" "$err" '"cpu_usec":' '"memory_max_bytes":104857600' '"oom_kills":0'
}

check_a_limit_too_small_for_a_box_is_named() {
  plain_profile_of tester
  options=(--memory 64KiB --swap 0)
  hear box true
  same "status" 125 "$status"
  holds "what is told" "$(words "$err")" "the memory limit of 64 KiB is less than a box needs to start"
}

check_what_is_required_and_does_not_take_is_refused() {
  plain_profile_of tester
  options=(--oom-score-adj -900 --limits-required)
  hear box echo ran
  same "status and output" "125" "$status$out"
  holds "what is told" "$(words "$err")" "\`limits.oom_score_adj\` does not hold: only an administrator"
  options=(--oom-score-adj -900)
  hear box echo ran
  same "status and output without" "0ran" "$status$out"
}

check_a_delegated_group_is_divided_inside() {
  plain_profile_of tester
  options=(--memory 200MiB --pids 50 --cgroup delegated)
  hear box sh -c 'cd /sys/fs/cgroup && mkdir inside below && for p in $(cat cgroup.procs); do echo $p >inside/cgroup.procs; done
    echo "+memory +pids" >cgroup.subtree_control && echo 10M >below/memory.max && cat below/memory.max
    echo max >memory.max || echo refused; cat memory.max' 2>/dev/null
  same "the limit below, and its own" "10485760 refused 209715200" "$(words "$out")"
}

# By devbox itself, which finds a group of its own to be made below.
check_a_delegated_group_is_divided_by_a_devbox_inside() {
  plain_profile_of tester
  options=(--memory 200MiB --pids 50 --cgroup delegated --bind /usr/local:/usr/local:ro)
  hear box /usr/local/bin/devbox run -p host --memory 20MiB -- \
    cat /sys/fs/cgroup/memory.max
  same "the limit inside" "20971520" "$out$err"
}

check_a_hundred_boxes_at_once() {
  plain_profile_of tester
  options=(--memory 50MiB --pids 20)
  hear session tester sh -c 'i=0; while [ $i -lt 100 ]; do
      "$DEVBOX" run -p box --memory 50MiB --pids 20 -- cat /sys/fs/cgroup/memory.max & i=$((i + 1)); done; wait'
  same "their limits" "100" "$(grep -c "^52428800$" <<<"$out")"
  same "what else they said" "" "$err"
}

check_a_box_without_a_limit_has_none() {
  plain_profile_of tester
  options=(--stats)
  hear box cat /sys/fs/cgroup/pids.max /sys/fs/cgroup/memory.max
  same "pids.max and memory.max" "max max" "$(words "$out")"
  lacks "what is counted" "$(grep ^disk <<<"$err")" unknown
}

# What lies on a tmpfs is nobody's memory: the kernel kills one process after another, pid 1 at the end.
check_a_box_that_is_killed_whole_says_why() {
  plain_profile_of tester
  options=(--memory 50MiB --swap 0)
  hear box sh -c 'head -c 200M /dev/zero >/dev/shm/file'
  same "the status" 137 "$status"
  holds "what is told" "$(words "$err")" "memory limit of 50 MiB"
}

check_a_killed_launcher_leaves_nothing() {
  plain_profile_of tester
  session tester sh -c '"$DEVBOX" run -p box --memory 50MiB -- sleep 50 & sleep 3; kill -9 $!; sleep 2
    find /sys/fs/cgroup/user.slice -name "devbox-*"' >"$here/left"
  same "what is left" "" "$(<"$here/left")"
}

check_nothing_is_left() {
  plain_profile_of tester
  options=(--memory 100MiB)
  hear box true
  same "status and words" "0" "$status$out$err"
  sleep 1
  same "scopes" "" "$(find /sys/fs/cgroup/user.slice -name 'devbox-*')"
  same "records" "" "$(find /run/user -path '*devbox/records/*')"
}

check_a_start_says_where_its_group_is_from() {
  plain_profile_of tester
  hear session tester "$DEVBOX" plan -p box --memory 1GiB --cpus 1.5
  holds "the plan" "$(words "$out")" "cgroup a scope of the systemd that listens in /run/user/" \
    "limit limits.memory 1 GiB (memory.max)" "limit limits.cpus 1.5 (cpu.max)"
}

# begin_box COMMAND…: in the background, with the options; its standard input is open until end_box. It uses
# more than $least bytes when this returns; $group is its control group, and $id its id.
least=60000000
begin_box() {
  mkfifo "$here/hold"
  box "$@" <"$here/hold" >"$here/box.out" 2>"$here/box.err" &
  exec 9>"$here/hold"
  eventually "the box is in its group, and busy" box_is_counted || cat "$here/box.err"
  group=$(of_box cgroup)
  id=$(of_box id)
}
end_box() {
  exec 9>&-
  wait
}
devbox_stats() { hear session tester "$DEVBOX" stats "$@"; }
devbox_limit() { hear session tester "$DEVBOX" limit "$@"; }
box_is_counted() { devbox_stats --json && [ "$(of_box memory_bytes)" -gt "$least" ]; }
# of_box KEY: of the last box in the JSON of $out; 0 where there is none.
of_box() {
  python3 -c 'import json, sys; print(([{}] + json.load(sys.stdin)["boxes"])[-1].get(sys.argv[1], 0))' "$1" <<<"$out"
}
# A file on a tmpfs is memory of the box that nothing can take back without swap.
readonly holds_60_mb='head -c 60M /dev/zero >/tmp/file; cat >/dev/null'

check_stats_shows_use_against_limits() {
  local line
  plain_profile_of tester
  options=(--memory 200MiB --cpus 0.5 --pids 50)
  begin_box sh -c "while :; do :; done & $holds_60_mb"
  devbox_stats --once
  same "status and words" "0" "$status$err"
  same "the head" "NAME ID AGE CPU MEMORY PROCS READ/s WRITE/s COMMAND" "$(words "$(head -1 <<<"$out")")"
  line=$(sed -n 2p <<<"$out")
  true_that "the line has bars and limits: $line" \
    grep -qE '^box +[0-9]+ +[0-9]+s +[0-9.]+% \[\|+ *\] +6[0-9.]+M/200M \[\|+ +\] +[45]/50 .* sh$' <<<"$line"
  true_that "half of a processor is used: $line" awk '{ exit !($4 + 0 > 25 && $4 + 0 < 70) }' <<<"$line"
  devbox_stats --json box
  same "the limits" "{'memory': '200 MiB', 'cpus': '0.5', 'pids': '50'}" "$(of_box limits)"
  same "memory.max" 209715200 "$(of_box memory_max_bytes)"
  same "name, program and id" "box sh $id" "$(of_box name) $(of_box command) $(of_box id)"
  devbox_stats --once "${id%.*}"
  same "one box by its number" 2 "$(wc -l <<<"$out")"
  devbox_stats --once "${id%%[0-9].*}"
  holds "part of a number" "$err" "no box that runs is"
  end_box
  devbox_stats
  same "without a box" "0devbox: no box runs" "$status$out$err"
}

# From another session than the box's: the kernel lets nobody but systemd move a process so far.
check_who_joins_is_under_the_limits_of_the_box() {
  local least=0
  plain_profile_of tester
  options=(--memory 50MiB --swap 0 --pids 30)
  begin_box sh -c 'cat >/dev/null'
  hear session tester "$DEVBOX" exec "$id" -- sh -c 'cat /proc/self/cgroup /sys/fs/cgroup/memory.max'
  same "what it sees" "0::/ 52428800" "$(words "$out$err")"
  hear session tester "$DEVBOX" exec "$id" -- tail /dev/zero
  same "the status over the limit" 137 "$status"
  holds "what is told" "$(words "$err")" "memory limit of 50 MiB reached"
  hear session tester "$DEVBOX" exec "$id" -- echo fine
  same "the box afterwards" "0fine" "$status$out$err"
  same "the boxes" 1 "$(session tester "$DEVBOX" ps --quiet | wc -l)"
  end_box
  same "records" "" "$(find /run/user -path '*devbox/records/*')"
}

check_a_running_box_gets_other_limits() {
  plain_profile_of tester
  options=(--memory 200MiB --swap 0)
  begin_box sh -c "$holds_60_mb"
  devbox_limit box --memory 300MiB --cpus 0.5 --pids 77 --cpuset 0 --io-weight 50
  same "status and words" "0" "$status$err"
  same "what is in force" "limits.memory 300 MiB (memory.max) limits.cpus 0.5 (cpu.max) limits.cpuset 0 (cpuset.cpus) \
limits.pids 77 (pids.max) limits.io_weight 50 (io.weight)" "$(words "$out")"
  same "the files" "314572800 50000 100000 0 77" \
    "$(cat "$group"/{memory.max,cpu.max,cpuset.cpus,pids.max} | xargs)"
  session tester systemctl --user daemon-reload
  same "the files after a daemon-reload" "314572800 50000 100000 0 77" \
    "$(cat "$group"/{memory.max,cpu.max,cpuset.cpus,pids.max} | xargs)"
  devbox_stats --json "$id"
  holds "what stats knows" "$(of_box limits)" "'memory': '300 MiB'"
  holds "what stats knows" "$(of_box limits)" "'pids': '77'"
  devbox_limit "$id" --memory max --cpus max --pids max --cpuset max
  same "status and words" "0" "$status$err"
  same "the files" "max max 100000 0-1 max" \
    "$(cat "$group"/{memory.max,cpu.max,cpuset.cpus.effective,pids.max} | xargs)"
  devbox_stats --json
  same "what stats knows" "{'swap': '0 bytes', 'cpuset': '0-1', 'io_weight': '50'}" "$(of_box limits)"
  end_box
}

check_a_disk_is_limited_and_freed_while_the_box_runs() {
  local device disk=/home/tester/disk
  plain_profile_of tester
  install -d -o tester -g tester "$disk"
  device=$(disk_of "$disk")
  options=(--io "$disk:read=2MB/s,write=2MB/s")
  begin_box sh -c "$holds_60_mb"
  devbox_limit box --io "$disk:read=max,read_ops=100"
  same "status and words" "0" "$status$err"
  same "io.max" "$device rbps=max wbps=2000000 riops=100 wiops=max" "$(cat "$group/io.max")"
  session tester systemctl --user daemon-reload
  same "io.max after a daemon-reload" "$device rbps=max wbps=2000000 riops=100 wiops=max" "$(cat "$group/io.max")"
  devbox_limit box --io "$disk:read_ops=max,write=max"
  same "status and words" "0" "$status$err"
  same "io.max" "" "$(cat "$group/io.max")"
  devbox_stats --json
  same "what stats knows" "{}" "$(of_box limits)"
  end_box
}

check_less_memory_than_is_used_wants_force() {
  plain_profile_of tester
  options=(--memory 200MiB --swap 0)
  # Of one process, so that pid 1 outlives it and tells.
  begin_box sh -c '{ head -c 60M /dev/zero; cat; } | tail -c 60M >/dev/null'
  devbox_limit box --memory 40MiB
  same "the status" 1 "$status"
  holds "what is said" "$(words "$err")" "more than 40 MiB: the kernel takes back what it can, and kills for the rest"
  holds "the hint" "$err" '`--force` does it'
  same "memory.max" 209715200 "$(cat "$group/memory.max")"
  devbox_limit box --memory 40MiB --force
  same "what is in force" "0limits.memory 40 MiB (memory.max)" "$status$out"
  holds "what is said" "$(words "$err")" "kills for the rest"
  end_box
  holds "what the box says at its end" "$(words "$(cat "$here/box.err")")" "memory limit of 40 MiB reached"
}

check_which_box_is_meant_must_be_clear() {
  local before
  plain_profile_of tester
  devbox_limit nobody --memory 1GiB
  same "the status" 1 "$status"
  holds "no box" "$err" "no box that runs is nobody"
  devbox_limit nobody
  same "nothing to change: status" 2 "$status"
  options=(--stats)
  begin_box sh -c "$holds_60_mb"
  before=$(cat "$group/pids.max")  # systemd's default
  box cat <"$here/hold" 9>&- &
  eventually "two boxes are counted" two_are_counted
  devbox_limit box --pids 50
  same "the status" 1 "$status"
  holds "two boxes" "$err" "box means 2 boxes that run"
  holds "their ids" "$err" "by id: $id (box), "
  same "pids.max" "$before" "$(cat "$group/pids.max")"
  end_box
}
two_are_counted() { devbox_stats --json && [ "$(grep -c '"id"' <<<"$out")" = 2 ]; }

check_boxes_without_a_group_are_counted_in_words() {
  plain_profile_of tester
  options=()
  mkfifo "$here/hold"
  box sh -c 'echo up; exec cat' <"$here/hold" >"$here/box.out" &
  exec 9>"$here/hold"
  eventually "the box is up" grep -q up "$here/box.out"
  devbox_stats
  same "status and answer" "0" "$status$out"
  same "what is said" "devbox: 1 more box runs uncounted: \`--stats\` or a limit at its start counts it" "$err"
  id=$(basename "$(find /run/user -path '*devbox/boxes/*')")
  devbox_limit "$id" --memory 1GiB
  same "the status" 1 "$status"
  holds "why not" "$(words "$err")" "runs without a control group"
  end_box
}

delegate_all
run_checks "$@"
