# What limits a box where it stands, with control groups or without: rlimits, nice, the OOM score, and what
# is refused before a start. Those of control groups are tried in machines that have them: tests/vm.
. "$(dirname "$0")/lib.sh"

check_rlimits_are_the_commands_and_not_devboxs() {
  capture "$DEVBOX" run -p box --rlimit nofile=64:128 --rlimit core=0 --rlimit stack=4MiB:unlimited -- \
    sh -c 'ulimit -Sn; ulimit -Hn; ulimit -c; ulimit -Ss; grep "open files" /proc/1/limits'
  same "the command's" "64 128 0 4096" "$(head -4 <<<"$out" | xargs)"
  lacks "devbox-init's" "$(tail -1 <<<"$out")" " 64 "
}

check_rlimits_of_a_profile_are_overridden_by_name() {
  printf '[rlimits]\nnofile = "50"\ncore = "0"\n' >>"$profiles/box.toml"
  capture "$DEVBOX" run -p box --rlimit nofile=60 -- sh -c 'ulimit -n; ulimit -c'
  same "they" "60 0" "$(xargs <<<"$out")$err"
}

check_an_rlimit_above_ones_own_is_told_or_refused() {
  local hard
  hard=$(ulimit -Hn)
  capture "$DEVBOX" run -p box --rlimit "nofile=$((hard + 1))" -- echo ran
  same "the command" "0ran" "$status$out"
  holds "what is told" "$err" "\`rlimits.nofile\` does not hold: your own hard limit is $hard"
  capture "$DEVBOX" run -p box --rlimit "nofile=$((hard + 1))" --limits-required -- echo ran
  same "where it is required" "125" "$status$out"
  holds "what is told" "$err" "\`rlimits.nofile\` does not hold: your own hard limit is $hard"
}

check_nice_and_the_oom_score_reach_every_process() {
  capture "$DEVBOX" run -p box --nice 7 --oom-score-adj 400 -- \
    sh -c 'nice; cat /proc/self/oom_score_adj /proc/1/oom_score_adj; (nice)'
  same "they" "7 400 400 7" "$(xargs <<<"$out")$err"
}

check_the_launchers_oom_score_is_its_own() {
  local before
  before=$(</proc/self/oom_score_adj)
  "$DEVBOX" run -p box --oom-score-adj 700 -- sleep 5 &
  until [ "$(tr '\0' ' ' <"/proc/$!/cmdline" | cut -d' ' -f2)" = wait ]; do sleep 0.05; done
  same "the waiter's" "$before" "$(<"/proc/$!/oom_score_adj")"
  kill $!
  wait $!
}

check_what_only_an_administrator_may_is_told_or_refused() {
  capture "$DEVBOX" run -p box --nice -20 --oom-score-adj -999 -- echo ran
  same "the command" "0ran" "$status$out"
  holds "what is told" "$err" "\`limits.nice\` does not hold" \
    "\`limits.oom_score_adj\` does not hold: only an administrator may go down to -999"
  capture "$DEVBOX" run -p box --nice -20 --limits-required -- echo ran
  same "where it is required" "125" "$status$out"
  holds "what is told" "$err" "\`limits.nice\` does not hold"
}

check_processors_that_are_not_there_are_refused() {
  capture "$DEVBOX" run -p box --cpuset 1000-1001 -- true
  same "the status" 125 "$status"
  holds "what is told" "$err" "\`limits.cpuset\` = \"1000-1001\": this host has the processors 0"
}

check_a_place_without_a_disk_has_no_io_limit() {
  capture "$DEVBOX" run -p box --io /proc:read=1MiB/s -- true
  same "the status" 125 "$status"
  holds "what is told" "$err" "\`limits.io\`: /proc is on a file system of type proc, behind which there is no disk"
  capture "$DEVBOX" run -p box --io "$project/gone:write_ops=5" -- true
  same "the status" 125 "$status"
  holds "what is told" "$err" "$project/gone cannot be looked at: No such file or directory"
  capture "$DEVBOX" run -p box --io /dev/null:read=1MiB/s -- true
  holds "what is told" "$err" "/dev/null is a device, and no block device"
}

check_words_that_are_no_limit_are_refused() {
  local words
  while read -r words; do
    # shellcheck disable=SC2086  # they are several
    capture "$DEVBOX" run -p box $words -- true
    same "the status of $words" 125 "$status"
    holds "what is told of $words" "$err" "devbox: ${words%% *}"
  done <<'WORDS'
--memory 0
--memory -5
--memory 99EiB
--memory much
--cpus 0
--cpus nan
--cpus two
--cpuset 3-1
--cpuset 0,,1
--pids 0
--pids 1.5
--io /:read=0/s
--io read=1MiB/s
--io /:speed=1
--io-weight 0
--nice 20
--oom-score-adj -2000
--rlimit nofile
--rlimit nofil=1
--rlimit nofile=2:1
WORDS
}

check_what_other_tools_call_their_limits_is_answered_with_ours() {
  local theirs ours
  while read -r theirs ours; do
    capture "$DEVBOX" run -p box "$theirs" 1 -- true
    same "the status of $theirs" 125 "$status"
    holds "what is told of $theirs" "$err" "there is no option $theirs" "\`$ours "
  done <<'OPTIONS'
-m --memory
--memory-swap --swap
--pids-limit --pids
--cpuset-cpus --cpuset
--cpu-shares --cpu-weight
--ulimit --rlimit
--device-read-bps --io
OPTIONS
}

check_a_plan_lists_the_limits() {
  capture "$DEVBOX" plan -p box --nice 3 --rlimit nofile=10:20 --oom-score-adj 5
  holds "it" "$out" "limit       limits.nice  3" "limit       rlimits.nofile  10:20" \
    "limit       limits.oom_score_adj  5"
  capture "$DEVBOX" plan -p box --nice 3 --json
  holds "as JSON" "$out" '"nice": 3'
}

run_checks "$@"
