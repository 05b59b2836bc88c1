#!/usr/bin/env bash
# Signals reach the command, its own end comes back, and a box ends with its owner.
. "$(dirname "$0")/lib.sh"

# Tells which signals it gets, by their numbers, until the last: USR2 after "ready".
compile tell <<'C'
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* tell STATUS: prints each signal's number; ends with STATUS after the signal 40. */
int main(int argc, char** argv) {
  sigset_t all;
  int signal;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, NULL);
  setvbuf(stdout, NULL, _IOLBF, 0);
  puts("ready");
  while (sigwait(&all, &signal) == 0) {
    if (signal == SIGCHLD) continue;
    printf("%d\n", signal);
    if (signal == 40) return argc > 1 ? atoi(argv[1]) : 0;
  }
  return 1;
}
C

# Prints the mask, the ignored and the handled signals that a command starts with.
compile dispositions <<'C'
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
int main(void) {
  sigset_t mask;
  sigprocmask(SIG_SETMASK, NULL, &mask);
  for (int i = 1; i <= 64; ++i) {
    struct sigaction action;
    if (sigismember(&mask, i) == 1) printf("blocked %d\n", i);
    if (sigaction(i, NULL, &action) == 0 && action.sa_handler == SIG_IGN) printf("ignored %d\n", i);
  }
  return 0;
}
C

# Kills itself by a signal without a core file.
compile die <<'C'
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>
int main(int argc, char** argv) {
  struct rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  sigset_t all;
  sigemptyset(&all);
  sigprocmask(SIG_SETMASK, &all, NULL);
  signal(atoi(argv[1]), SIG_DFL);
  kill(getpid(), atoi(argv[1]));
  pause();
  return 0;
}
C

# begin ARGUMENT…: a box in the background; $launcher is its pid, $here/said what it says.
begin() {
  : >"$here/said"
  "$DEVBOX" run -p box "$@" >"$here/said" 2>"$here/errors" </dev/null &
  launcher=$!
}
said() { grep -qx "$1" "$here/said"; }
ready() { eventually "the command started" said ready; }
boxes_left() { ls -A "$XDG_RUNTIME_DIR/devbox/boxes"; }
no_boxes_left() { [ -z "$(boxes_left)" ]; }
nothing_left() {
  eventually "no entry of a box is left" no_boxes_left
  eventually "no process of the box is left" none_with "$1"
}

readonly catchable="1 2 3 4 5 6 7 8 10 11 12 13 14 15 16 20 21 22 23 24 25 26 27 28 29 30 31 34 35 50 63 64"

check_every_signal_to_the_launcher_reaches_the_command() {
  cp "$helpers/tell" .
  begin -- ./tell 17
  ready || return
  local signal
  for signal in $catchable; do
    kill -"$signal" "$launcher"
    eventually "signal $signal arrived" said "$signal" || return
  done
  kill -40 "$launcher"
  ended "$launcher"
  same "the command's own status" 17 "$status"
  same "what arrived" "ready $catchable 40" "$(tr '\n' ' ' <"$here/said" | sed 's/ $//')"
  same "standard error" "" "$(cat "$here/errors")"
}

check_a_trap_runs_and_its_status_comes_back() {
  begin -- bash -c 'trap "echo trapped; exit 33" TERM; echo ready; while :; do sleep 0.05; done'
  ready || return
  kill -TERM "$launcher"
  ended "$launcher"
  same "status" 33 "$status"
  true_that "the trap ran" said trapped
}

check_a_command_without_a_trap_dies_of_the_signal() {
  local signal
  for signal in HUP INT QUIT TERM USR1 ALRM PIPE; do
    begin -- sh -c 'ulimit -c 0; trap - INT QUIT; echo ready; exec sleep 100'
    ready || return
    # A shell has its background commands ignore these two; what a box ignores stays so.
    if [ "$signal" = INT ] || [ "$signal" = QUIT ]; then
      kill -KILL "$launcher" && ended "$launcher"
      continue
    fi
    kill -"$signal" "$launcher"
    ended "$launcher"
    same "status after SIG$signal" $((128 + $(kill -l "$signal"))) "$status"
    same "standard error after SIG$signal" "" "$(cat "$here/errors")"
  done
}

check_every_deadly_signal_of_the_command_is_its_status() {
  cp "$helpers/die" .
  local signal
  for signal in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 24 25 26 27 29 30 31 34 64; do
    run -- ./die "$signal"
    same "status after signal $signal" $((128 + signal)) "$status"
    same "standard error after signal $signal" "" "$err"
  done
}

check_the_mask_and_the_ignored_signals_are_the_callers() {
  cp "$helpers/dispositions" .
  capture python3 -c 'import os, signal, sys
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])' "$DEVBOX" run -p box -- ./dispositions
  same "from an ordinary caller" "" "$out"
  capture python3 -c 'import os, signal, sys
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
signal.signal(signal.SIGHUP, signal.SIG_IGN)
signal.signal(signal.SIGUSR2, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1, signal.SIGTERM, 50})
os.execv(sys.argv[1], sys.argv[1:])' "$DEVBOX" run -p box -- ./dispositions
  same "from one that blocks and ignores" \
    $'ignored 1\nblocked 10\nignored 12\nblocked 15\nblocked 50' "$out"
}

check_an_ignored_hangup_stays_ignored_through_nohup() {
  capture nohup "$DEVBOX" run -p box -- sh -c 'kill -HUP $$; echo survived'
  same "the output" survived "$out"
}

check_killing_the_launcher_ends_the_box() {
  local mark=devbox-e2e-$$-killed
  begin -- bash -c "exec -a $mark sleep 100 & exec -a $mark-2 setsid sleep 100 & echo ready; trap '' TERM HUP; while :; do sleep 0.05; done" "$mark"
  ready || return
  [ -n "$(processes_with "$mark")" ] || wrong "the box is not there to begin with"
  kill -KILL "$launcher"
  ended "$launcher"
  same "status" 137 "$status"
  nothing_left "$mark"
}

check_killing_a_stopped_box_works_too() {
  local mark=devbox-e2e-$$-stopped
  begin -- bash -c "echo ready; exec -a $mark sleep 100"
  ready || return
  eventually "it sleeps" test -n "$(processes_with "$mark")"
  kill -STOP "$launcher"
  kill -KILL "$launcher"
  ended "$launcher"
  nothing_left "$mark"
}

check_kill_0_and_kill_all_reach_nothing_outside() {
  # Without job control, so that the launcher shares a group with a neighbour of ours.
  local deed
  for deed in 'trap "" TERM; kill -TERM 0; kill -HUP 0' 'sleep 50 & kill -TERM -1' \
    'sleep 50 & kill -KILL -1; exit 1'; do
    capture setsid --wait bash -c '"$0" -c "exec sleep 100" & neighbour=$!
      "$1" run -p box -- sh -c "$2"
      echo "status $?"
      kill -0 $neighbour && echo neighbour lives; kill $neighbour' bash "$DEVBOX" "$deed"
    holds "$deed" "$out" "neighbour lives"
    case $deed in
      *HUP*) holds "kill 0: status" "$out" "status 129" ;;
      *TERM*) holds "kill -1: status" "$out" "status 0" ;;
      *) holds "kill -9 -1: status" "$out" "status 1" ;;
    esac
    same "$deed: standard error" "" "$err"
  done
}

check_the_end_of_the_command_ends_everything_in_the_box() {
  local mark=devbox-e2e-$$-left
  run -- bash -c "(exec -a $mark setsid sleep 100) & (trap '' HUP TERM; exec -a $mark sleep 100) & exit 5"
  same "status" 5 "$status"
  same "processes left once devbox is back" "" "$(processes_with "$mark")"
  same "entries left" "" "$(boxes_left)"
}

check_the_runtime_directory_is_empty_after_every_kind_of_end() {
  run -- true
  run -- false
  run -- /nowhere
  run -- sh -c 'kill -9 $$'
  run --cwd /nowhere -- true
  capture "$DEVBOX" run -p box --bind "$here:/proc/new" -- true
  same "entries left" "" "$(boxes_left)"
}

# pid1_of PID: the launcher's child, the box's pid 1.
pid1_of() { cat "/proc/$1/task/$1/children" 2>/dev/null | tr -d ' '; }

check_a_box_whose_pid_1_is_killed_ends_with_137_and_a_message() {
  local mark=devbox-e2e-$$-pid1 pid
  begin -- bash -c "echo ready; exec -a $mark sleep 100"
  ready || return
  pid=$(pid1_of "$launcher")
  true_that "the launcher has one child" [ -n "$pid" ] || return
  kill -KILL "$pid"
  ended "$launcher"
  same "status" 137 "$status"
  same "standard error" "devbox: the box was killed from outside" "$(cat "$here/errors")"
  nothing_left "$mark"
}

check_pid_1_cannot_be_killed_from_inside() {
  run -- sh -c 'for s in 1 2 3 6 9 11 15 19 31 34; do kill -$s 1; done; sleep 0.1; echo alive'
  same "the box" "alive" "$out"
  same "status" 0 "$status"
}

check_a_command_that_closes_its_output_ends_it_for_the_reader() {
  mkfifo "$here/go"
  "$DEVBOX" run -p box -- bash -c 'echo last words; exec >&- 2>&-; for ((i = 0; i < 400; i++)); do
    [ -e go ] && exit 6; sleep 0.05; done' 2>"$here/errors" </dev/null |
    { timeout 15 cat; echo "eof ${PIPESTATUS[0]}"; touch "$project/go"; } >"$here/read"
  status=${PIPESTATUS[0]}
  same "what the reader got before the command's end" $'last words\neof 0' "$(cat "$here/read")"
  same "status of the command, which lived on" 6 "$status"
}

check_a_passed_descriptor_ends_with_the_command_too() {
  "$DEVBOX" run -p box --pass-fd 9 -- bash -c 'echo through >&9; exec 9>&-; for ((i = 0; i < 400; i++)); do
    [ -e go ] && exit 6; sleep 0.05; done' 9>&1 >/dev/null 2>"$here/errors" </dev/null |
    { timeout 15 cat; touch "$project/go"; } >"$here/read"
  same "status" 6 "${PIPESTATUS[0]}"
  same "what came through" through "$(cat "$here/read")"
}

check_a_command_that_daemonizes_frees_the_caller_at_its_end() {
  run -- sh -c '(sleep 50 &) ; echo started'
  same "status" 0 "$status"
  same "output" started "$out"
}

check_zombies_are_reaped_by_pid_1() {
  run -- bash -c 'for ((i = 0; i < 300; i++)); do (true & exit) & done; wait; sleep 0.3
    grep -l "^State:.Z" /proc/[0-9]*/status 2>/dev/null | wc -l'
  same "zombies" 0 "$out"
}

check_many_signals_at_once_are_not_lost() {
  cp "$helpers/tell" .
  begin -- ./tell 3
  ready || return
  local i
  # Real-time signals queue (signal(7)); a waiter that dropped some would lose a count.
  for ((i = 0; i < 50; i++)); do kill -35 "$launcher"; done
  kill -40 "$launcher"
  ended "$launcher"
  same "status" 3 "$status"
  same "how often" 50 "$(grep -cx 35 "$here/said")"
}

check_a_signal_during_the_start_is_not_lost() {
  # Sent at moments spread over the start: the command, which ends by it, or devbox does.
  local i delays=(0 0.001 0.002 0.003 0.004 0.005 0.006 0.008 0.010 0.012) delay
  for ((i = 0; i < 40; i++)); do
    begin -- sleep 30
    # Until it is devbox it is a copy of this bash, which may swallow a signal before it execs.
    while [ "/proc/$launcher/exe" -ef /proc/self/exe ]; do :; done
    delay=${delays[i % ${#delays[@]}]}
    sleep "$delay"
    kill -TERM "$launcher"
    ended "$launcher"
    same "status after SIGTERM at $delay s" 143 "$status" || return
  done
  same "entries left" "" "$(boxes_left)"
}

check_a_stopped_command_stops_the_launcher_and_continues_with_it() {
  begin -- bash -c 'echo ready; kill -STOP $$; echo continued; exit 4'
  ready || return
  eventually "the launcher stopped" is_stopped "$launcher" || return
  kill -CONT "$launcher"
  ended "$launcher"
  same "status" 4 "$status"
  true_that "the command went on" said continued
}
is_stopped() { grep -q '^State:.T' "/proc/$1/status"; }

check_sigtstp_to_the_launcher_reaches_the_command() {
  begin -- bash -c 'trap "echo asked" TSTP; echo ready; while :; do sleep 0.05; done'
  ready || return
  kill -TSTP "$launcher"
  eventually "the trap ran" said asked
  kill -KILL "$launcher"
  ended "$launcher"
}

run_checks "$@"
