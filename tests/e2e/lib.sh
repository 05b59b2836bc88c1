# What the end-to-end tests share; sourced by each of them.
#
#   DEVBOX                 the program under test
#   DEVBOX_TEST_TREE       an unpacked Debian, a root filesystem for boxes
#   DEVBOX_TESTS_MUST_RUN  1: what this host cannot run is a failure, not a skip
#   DEVBOX_E2E_LEAVE_OUT   names of checks that are not run
#   DEVBOX_E2E_HELPERS     a directory for the programs that they compile: those that it has are taken,
#                          where there may be no compiler; 1 for DEVBOX_E2E_COMPILE_ONLY: no check is run
#
# A check is a function check_SENTENCE: its name says what is true while it passes. run_checks runs
# all of a file, or those that the command line names by a part of their names, each in a subshell
# and in directories of its own:
#
#   $here       its directory, and below it:
#   $HOME       home/, with the XDG directories at their usual places
#   $profiles   the user's profiles; "box" is the plain one, on DEVBOX_TEST_TREE
#   $project    the working directory, the workspace of a box
#   $out, $err, $status  what `capture` heard of its command
set -u -o pipefail
export LC_ALL=C.UTF-8
readonly proxies=$(export -p | grep -iE '^declare -x [a-z]+_proxy=')  # no check has them but by `online`
umask 022

readonly tests=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly tree=${DEVBOX_TEST_TREE:-}
readonly limit=60  # seconds that no single command needs

skip() {
  if [ "${DEVBOX_TESTS_MUST_RUN:-0}" = 1 ]; then
    echo "FAILED: cannot run, and must: $*" >&2
    exit 1
  fi
  echo "skipped: $*"
  exit 77
}

needs() {
  local program
  for program in "$@"; do
    command -v "$program" >/dev/null || skip "there is no $program on this host"
  done
}

[ -x "${DEVBOX:-}" ] || { echo "DEVBOX names no program: ${DEVBOX:-it is not set}" >&2; exit 1; }
if [ -z "${as_root_of_a_machine:-}" ]; then  # tests/vm, where a machine is for a test alone
  [ "$(id -u)" != 0 ] || skip "root is not an ordinary user"
  unshare --user --mount --pid --fork true 2>/dev/null || skip "this host allows no user namespaces"
fi
[ -n "$tree" ] || skip "DEVBOX_TEST_TREE names no root filesystem"
[ -x "$tree/usr/bin/bash" ] || skip "$tree is no root filesystem with a bash"

work=$(mktemp -d "${TMPDIR:-/tmp}/devbox-e2e.XXXXXX") || exit 1
here=$work

remove_work() {
  chmod -R u+rwX "$work" 2>/dev/null
  rm -rf "$work"
}
trap remove_work EXIT
trap 'exit 1' HUP INT TERM

# --- What a check finds wrong ---

# Every complaint of a check is said; it goes on, and fails at its end.
wrong() {
  printf '    %s\n' "$@"
  : >"$here/wrong"
}

# same WHAT EXPECTED GOT
same() {
  [ "$2" = "$3" ] && return
  wrong "$1" "  expected: ${2@Q}" "  got:      ${3@Q}"
  return 1
}

# holds WHAT TEXT PART…: TEXT has every PART in it.
holds() {
  local what=$1 text=$2 part
  shift 2
  for part; do
    [[ "$text" == *"$part"* ]] && continue
    wrong "$what" "  expected in it: ${part@Q}" "  got:            ${text@Q}"
    return 1
  done
}

# lacks WHAT TEXT PART
lacks() {
  [[ "$2" != *"$3"* ]] && return
  wrong "$1" "  must not be in it: ${3@Q}" "  got:               ${2@Q}"
  return 1
}

# true_that WHAT COMMAND…
true_that() {
  local what=$1
  shift
  "$@" && return
  wrong "it is not true that $what" "  by: ${*@Q}"
  return 1
}

# --- Running ---

# Its status, and all that it wrote: $out and $err without final line breaks.
capture() {
  local kept=$here/captured
  timeout -k 5 "$limit" "$@" >"$kept.out" 2>"$kept.err" </dev/null
  status=$?
  out=$(tr -d '\0' <"$kept.out")
  err=$(tr -d '\0' <"$kept.err")
}

# online COMMAND…: captured, with the proxies of whoever runs the tests, and more time.
online() {
  local kept=$here/captured
  (
    eval "$proxies"
    exec timeout -k 5 280 "$@"
  ) >"$kept.out" 2>"$kept.err" </dev/null
  status=$?
  out=$(cat "$kept.out")
  err=$(cat "$kept.err")
}

# run ARGUMENT…: `devbox run` of the profile "box"; captured.
run() { capture "$DEVBOX" run -p box "$@"; }

# quiet_run WHAT ARGUMENT…: it succeeds and says nothing on standard error.
quiet_run() {
  local what=$1
  shift
  run "$@"
  same "$what: status" 0 "$status"
  same "$what: standard error" "" "$err"
}

# refuses STATUS TEXT COMMAND…: it ends so, TEXT is all of its standard error, and no output.
refuses() {
  local expected_status=$1 text=$2
  shift 2
  capture "$@"
  same "the status of $*" "$expected_status" "$status"
  same "the standard error of $*" "$text" "$err"
  same "the output of $*" "" "$out"
}

# eventually WHAT COMMAND…: within ten seconds.
eventually() {
  local what=$1 i
  shift
  for ((i = 0; i < 1000; i++)); do
    "$@" && return
    sleep 0.01
  done
  wrong "it never came true that $what" "  by: ${*@Q}"
  return 1
}

is_gone() { ! kill -0 "$1" 2>/dev/null; }

# ended PID: waits for a child of ours, at most ten seconds; $status is what it ended with.
ended() {
  eventually "process $1 ended" is_ended "$1" || kill -KILL "$1" 2>/dev/null
  wait "$1" 2>/dev/null
  status=$?
}
is_ended() {
  local state
  state=$(sed -n 's/^State:\t\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null)
  [ -z "$state" ] || [ "$state" = Z ]
}

# The processes whose command line holds TEXT, but for ours.
processes_with() {
  local text=$1 file pid
  for file in /proc/[0-9]*/cmdline; do
    pid=${file#/proc/}
    pid=${pid%/cmdline}
    [ "$pid" = "$$" ] || [ "$pid" = "$BASHPID" ] && continue
    [[ "$(tr '\0' ' ' <"$file" 2>/dev/null)" == *"$text"* ]] && echo "$pid"
  done 2>/dev/null
}
none_with() { [ -z "$(processes_with "$1")" ]; }

# --- Profiles and programs ---

# profile NAME: one of the user's, from standard input, after the lines that all have.
profile() {
  { printf 'schema = 1\n[image]\nsource = "rootfs:%s"\n' "$tree" && cat; } >"$profiles/$1.toml"
}

# compile NAME: a static program of C on standard input, as $helpers/NAME; once for a file of tests.
readonly helpers=${DEVBOX_E2E_HELPERS:-$work/helpers}/$(basename "$0" .sh)
compile() {
  mkdir -p "$helpers"
  [ ! -x "$helpers/$1" ] || return 0
  needs gcc
  gcc -x c -std=gnu11 -O1 -Wall -static -o "$helpers/$1" - ||
    { echo "cannot compile the helper $1" >&2; exit 1; }
}

make_surroundings() {
  here=$work/$1
  project=$here/project
  mkdir -m 700 "$here" "$here/run" && mkdir "$here/home" "$project" || exit 1
  local variable
  for variable in $(compgen -e); do
    case $variable in
      PATH | LC_ALL | DEVBOX | DEVBOX_* | TMPDIR) ;;
      *) unset "$variable" ;;
    esac
  done
  export HOME=$here/home XDG_RUNTIME_DIR=$here/run USER LOGNAME TERM=dumb
  USER=$(id -un)
  LOGNAME=$USER
  profiles=$HOME/.config/devbox/profiles
  mkdir -p "$profiles"
  profile box </dev/null
  cd "$project" || exit 1
}

# --- All checks of a file ---

run_checks() {
  local name failed=0 count=0 begun
  [ "${DEVBOX_E2E_COMPILE_ONLY:-0}" = 0 ] || return 0
  for name in $(sed -n 's/^check_\([a-z0-9_]*\)() {.*/\1/p' "$0"); do
    [ $# = 0 ] || [[ " $* " == *" $name "* ]] || matches_one "$name" "$@" || continue
    [[ " ${DEVBOX_E2E_LEAVE_OUT:-} " != *" $name "* ]] || continue
    count=$((count + 1))
    begun=$SECONDS
    (
      trap - EXIT
      make_surroundings "$count"
      "check_$name"
      : >"$here/ended"
    ) 2>"$work/errors"
    # But for bash's obituaries of background processes that a check killed.
    grep -vE 'line [0-9]+: +[0-9]+ (Killed|Terminated|Hangup) ' "$work/errors" >&2
    if [ -e "$work/$count/wrong" ] || [ ! -e "$work/$count/ended" ]; then
      echo "FAILED: ${name//_/ }"
      failed=$((failed + 1))
    else
      echo "ok: ${name//_/ } ($((SECONDS - begun)) s)"
    fi
    chmod -R u+rwX "$work/$count" 2>/dev/null
    rm -rf "${work:?}/$count"
  done
  echo "$((count - failed)) of $count checks passed"
  [ "$failed" = 0 ] && [ "$count" != 0 ]
}

matches_one() {
  local name=$1 part
  shift
  for part in "$@"; do [[ "$name" == *"$part"* ]] && return; done
  return 1
}

# A box without a filter needs a keyring of its own. The kernel takes its time to collect those of boxes
# that have ended, and a user may have 200 keys: waits, at most a minute, until half of them are free.
wait_for_keys() {
  local uid keys most
  for _ in $(seq 120); do
    while read -r uid _ _ keys _; do
      [ "$uid" = "$(id -u):" ] || continue
      most=${keys#*/}
      [ "${keys%/*}" -lt $((most / 2)) ] && return
    done </proc/key-users
    grep -q "^ *$(id -u):" /proc/key-users || return 0
    sleep 0.5
  done
}
