#!/usr/bin/env bash
# `devbox build --check`: what makes two builds differ is found, and named.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/build_lib.sh"

# leak COMMAND…: the task t writes what the commands say to its output.
leak() {
  { echo '[tasks.t]' && printf "run = '''\n%s\n'''\n" "$1" && echo 'outputs = ["o"]' && cat; } | project
}
# causes: the names of the causes that were found, one a line.
causes() { sed -n 's/^cause: \([^(]*\) (.*/\1/p' <<<"$out"; }

# caused_by NAME: the last check found that the output differs because of that, and of nothing else.
caused_by() {
  same "the status of the check of $1" 1 "$status" || wrong "$out" "$err"
  same "the causes of $1" "$1" "$(causes)" || wrong "$out"
  holds "the verdict of $1" "$out" "differs: o " "t is not reproducible: 1 of 1 file of "
}

check_a_reproducible_task_is() {
  echo 1 >a
  leak 'mkdir o; cat a >o/f; date +%s >/tmp/now; ls -A $HOME >o/home; echo $SOURCE_DATE_EPOCH >o/epoch' </dev/null
  echo old >o
  build --check
  same "the status" 0 "$status" || wrong "$err"
  same "the verdict" "t is reproducible: 3 files of 13 bytes in 2 builds" "$(grep -v '^not varied:' <<<"$out")"
  same "the project's output" old "$(lines o)"
  build --check 3 t
  same "the status of three" 0 "$status"
  holds "the verdict of three" "$out" "in 3 builds"
  build --check=4
  holds "the verdict of four" "$out" "in 4 builds"
  no_box || wrong "a box is left"
  same "what is left of the builds" "" "$(find "$(kept)" -maxdepth 1 -name '*.work')"
}

# Each leaks one of the surroundings, and no other.
check_each_variation_is_found_to_be_the_cause_and_no_other_is() {
  local name script
  while IFS='|' read -r name script; do
    leak "$script" </dev/null
    build --check --no-vary time
    [ "$name" != time ] || build --check
    if [ "$name" = cpus ] && [ "$(nproc)" = 1 ]; then
      holds "the verdict on one processor" "$out" "not varied: cpus: there is one processor here"
      continue
    fi
    caused_by "$name"
  done <<'END_OF_TABLE'
build_path|pwd >o
hostname|uname -n >o
user|id -u >o
home|echo "$HOME" >o
locale|echo "$LANG" >o
timezone|date -d @0 +%H:%M >o
umask|umask >o
cpus|nproc >o
order|mkdir d; for i in 1 2 3 4 5 6 7 8 9; do echo >d/$i; done; ls -U d >o
aslr|read -r where rest </proc/self/maps; echo "$where" >o
time|date -u +%F >o
kernel|uname -rv >o
environment|while IFS= read -r -d "" v; do case $v in *VARIED*) echo "$v";; esac; done </proc/self/environ >o; echo >>o
END_OF_TABLE
}

check_a_file_time_in_an_output_is_the_time_of_the_build() {
  leak 'echo >f; stat -c %Y f >o' </dev/null
  build --check
  caused_by time
}

check_chance_is_told_from_the_surroundings() {
  leak 'read -r x </proc/sys/kernel/random/uuid; echo $x >o' </dev/null
  build --check
  caused_by random
}

check_what_no_variation_does_alone_is_said_to_be_done_by_several() {
  leak '[ "$TZ" != UTC ] && [ "$HOME" != /home/build ] && echo both >o || echo one >o' </dev/null
  build --check
  caused_by "several together"
}

check_each_file_has_its_own_causes() {
  project <<'TOML'
[tasks.t]
run = "mkdir o; echo same >o/same; echo $HOME >o/home; echo $TZ$HOME >o/both; read -r x </proc/sys/kernel/random/uuid; echo $x >o/random"
outputs = ["o"]
TOML
  build --check
  same "the status" 1 "$status"
  holds "the verdict" "$out" "cause: random (it differs where nothing is varied): o/random
cause: home (the home directory): o/both, o/home
cause: timezone (TZ): o/both
" "t is not reproducible: 3 of 4 files of " 'differs: o/home at offset '
  lacks "the verdict" "$out" o/same
  build --check --json
  same "the status of --json" 1 "$status"
  same "the JSON" "t False 4 home:o/both,o/home random:o/random timezone:o/both o/both,o/home,o/random" \
    "$(python3 -c 'import json,sys; a=json.load(sys.stdin); print(a["task"], a["reproducible"], a["files"],
      *sorted(c["name"] + ":" + ",".join(c["paths"]) for c in a["causes"]), ",".join(d["path"] for d in a["differs"]))' <<<"$out")"
}

check_a_mode_a_kind_and_a_file_that_one_build_lacks_are_differences() {
  project <<'TOML'
[tasks.t]
run = '''
mkdir o; echo 1 >o/f; echo 1 >o/k; ln -s a o/l
[ "$HOME" = /home/build ] || { chmod +x o/f; rm o/k o/l; mkdir o/k; ln -s b o/l; echo >o/new; }
'''
outputs = ["o"]
TOML
  build --check --vary home
  same "the differences" "differs: o/f has mode 0644 / 0755
differs: o/k is a file / directory
differs: o/l leads to a / b
differs: o/new is only in the second build" "$(grep ^differs <<<"$out")"
  same "the causes" home "$(causes)"
}

check_only_what_is_asked_for_is_varied() {
  leak 'echo "$HOME $TZ" >o' </dev/null
  build --check --vary home
  caused_by home
  build --check --no-vary home
  caused_by timezone
  build --check --no-vary home --no-vary timezone
  same "the status" 0 "$status"
  build --check --vary umask --vary hostname
  same "the status of two others" 0 "$status"
  fails 2 --check --vary timezon
  holds "what is said of a name that is none" "$err" "devbox: there is no variation timezon" "did you mean timezone?"
  fails 2 --check --vary home --no-vary home
  holds "what is said of nothing" "$err" "devbox: nothing is left to vary"
  fails 2 --vary home
  holds "what is said without --check" "$err" "devbox: --vary and --no-vary are for --check"
  fails 2 --check 1
  holds "what is said of one build" "$err" "devbox: --check 1: not a number from 2 to 100"
}

check_what_cannot_be_varied_is_said_with_the_reason() {
  project <<'TOML'
[ids]
map = "root"
[tasks.t]
run = "pwd >o; id -u >>o"
outputs = ["o"]
build_path = "/build"
TOML
  build --check
  same "the status" 0 "$status" || wrong "$out" "$err"
  holds "what is said" "$out" 'not varied: build_path: the task asks for its `build_path`' \
    'not varied: user: the profile asks for its `ids.map`'
  fails 1 --check --vary build_path
  holds "what is said where it was asked for" "$err" 'devbox: build_path cannot be varied: the task asks for its `build_path`'
  built
  same "the build path" "/build 0" "$(echo $(cat o))"
}

check_a_task_that_fails_in_other_surroundings_fails_the_check_and_says_in_which() {
  leak '[ "$HOME" = /home/build ] || { echo is not at home; exit 3; }; echo >o' </dev/null
  fails 1 --check
  holds "what is said" "$err" 'devbox: the build `varied-1` of the check: the task t ended with status 3 after ' "is not at home" \
    "all of it is in $(kept)/logs/t+varied-1+"
  lacks "what is said" "$out" reproducible
  no_box || wrong "a box is left"
}

check_what_cannot_be_checked_is_refused() {
  project <<'TOML'
[tasks.open]
run = "echo >o"
outputs = ["o"]
hermetic = false
[tasks.nothing]
run = "true"
TOML
  fails 1 --check open
  holds "what is said of one that is not hermetic" "$err" "devbox: the task open is not hermetic, and cannot be checked"
  fails 1 --check nothing
  holds "what is said of one without outputs" "$err" 'devbox: the task nothing has no `outputs` to compare'
}

check_outputs_of_tasks_that_are_needed_are_compared_too() {
  project <<'TOML'
[tasks.gen]
run = "echo $HOME >gen"
outputs = ["gen"]
[tasks.t]
needs = ["gen"]
run = "cat gen >/dev/null; echo >o"
outputs = ["o"]
TOML
  build --check t
  same "the status" 1 "$status"
  same "the cause" home "$(causes)"
  holds "the verdict" "$out" "differs: gen "
}

run_checks "$@"
