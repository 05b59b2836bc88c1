#!/usr/bin/env bash
# `devbox build`: what comes back of it, and what is left where it goes wrong.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/build_lib.sh"

# What there is in the project but for git's, in one line.
there_is() { find . -name .git -prune -o ! -type d -print | LC_ALL=C sort | tr '\n' ' ' | sed 's/ $//'; }

check_outputs_come_back_and_nothing_else_does() {
  mkdir src
  echo source >src/a
  project <<'TOML'
[tasks.app]
run = '''
mkdir -p build/deep
cp src/a build/deep/app
umask 077
echo run >build/deep/tool
chmod 4711 build/deep/tool
ln -s app build/deep/link
echo more >build/more
echo changed >src/a
echo new >beside
rm devbox.toml
'''
outputs = ["build/deep"]
TOML
  umask 027
  built
  same "the output of devbox" "" "$out"
  same "what there is" "./build/deep/app ./build/deep/link ./build/deep/tool ./devbox.toml ./src/a" "$(there_is)"
  same "the output" "source" "$(lines build/deep/app)"
  same "the source" "source" "$(lines src/a)"
  same "modes" "755 644 755" "$(echo $(stat -c %a build/deep build/deep/app build/deep/tool))"
  same "the link" "app" "$(readlink build/deep/link)"
  no_box || wrong "a box is left"
}

check_a_task_that_fails_leaves_the_old_outputs_and_says_where_the_log_is() {
  project <<'TOML'
[tasks.t]
run = "echo new >o; echo made of $(cat given); i=0; while [ $i -lt 30 ]; do i=$((i + 1)); echo line $i; done; exit 7"
outputs = ["o"]
inputs = ["given"]
TOML
  echo old >o
  echo 'a bell '$'\a' >given
  fails 1
  same "the output" old "$(lines o)"
  holds "what is said" "$err" "devbox: the task t ended with status 7 after " "; the last that it said:
  line 11" "  line 30
  hint: all of it is in $(kept)/logs/t+"
  lacks "what is said" "$err" "line 9"
  local log
  log=$(sed -n 's/.*all of it is in \([^;]*\).*/\1/p' <<<"$err")
  same "the log" "made of a bell "$'\a' "$(head -1 "$log")"
  same "the lines of the log" 31 "$(wc -l <"$log")"
  sed -i 's/; exit 7/; kill -9 $$/' devbox.toml
  fails 1 --verbose
  holds "what is said of a signal" "$err" "the task t was ended by SIGKILL after "
  lacks "what was shown already" "$err" "the last that it said"
  same "the output after that" old "$(lines o)"
  sed -i 's/; kill -9 \$\$//; s/i -lt 30/i -lt 2/' devbox.toml
  for _ in $(seq 11); do built; done
  same "how many logs are kept" 10 "$(ls "$(kept)/logs" | wc -l)"
  same "the new output" new "$(lines o)"
}

check_outputs_that_are_missing_or_lead_outside_are_refused() {
  project <<'TOML'
[tasks.t]
run = "mkdir -p d; eval \"$(cat how)\""
outputs = ["d/o", "p"]
TOML
  echo old >p
  while IFS='|' read -r how said; do
    echo "$how" >how
    git add how
    fails 1
    holds "what is said of: $how" "$err" "devbox: $said"
    same "the old one after: $how" "old" "$(lines p)"
    true_that "nothing came after: $how" [ ! -e d ]
  done <<'END_OF_TABLE'
echo 1 >p|the build has made no d/o, which is among its `outputs`
echo 1 >d/o; rm -f p|the build has made no p, which is among its `outputs`
echo 1 >p; ln -s /etc/passwd d/o|the output d/o is a link to /etc/passwd, outside of the project
echo 1 >p; ln -s ../../x d/o|the output d/o is a link to ../../x, outside of the project
echo 1 >p; rm -r d; mkdir e; echo 1 >e/o; ln -s e d|the output d/o is reached through d, which is a symbolic link
echo 1 >p; rm -r d; echo 1 >d|the output d/o is reached through d, which is a regular file
echo 1 >p; mkfifo d/o|d/o is a FIFO
echo 1 >p; mkdir d/o; mkfifo d/o/x|d/o/x is a FIFO
END_OF_TABLE
  sed -i 's|"d/o", "p"|"../o"|' devbox.toml
  fails 1
  holds "what is said of an output outside" "$err" 'must not climb with ".."'
}

check_a_link_of_the_project_on_the_way_to_an_output_is_not_followed() {
  mkdir "$here/elsewhere"
  echo old >"$here/elsewhere/o"
  project <<'TOML'
[tasks.t]
run = "mkdir -p d; echo new >d/o; echo new >p"
outputs = ["p", "d/o"]
TOML
  ln -s "$here/elsewhere" d
  echo old >p
  fails 1
  holds "what is said" "$err" "devbox: " "$project/d"
  same "what lies elsewhere" old "$(lines "$here/elsewhere/o")"
  same "the other output" old "$(lines p)"
  same "what there is" "./d ./devbox.toml ./p" "$(there_is)"
}

check_files_and_directories_take_each_others_places() {
  project <<'TOML'
[tasks.t]
run = "mkdir f; echo 1 >f/new; echo 2 >d; ln -s d link; echo 3 >was_link"
outputs = ["f", "d", "link", "was_link"]
TOML
  mkdir d link && echo old >d/old && echo old >link/old && echo old >f && echo elsewhere >"$here/elsewhere"
  ln -s "$here/elsewhere" was_link
  built
  same "what there is" "./d ./devbox.toml ./f/new ./link ./was_link" "$(there_is)"
  same "what that says" "1 2 2 3" "$(echo $(cat f/new d link was_link))"
  same "what the link led to" elsewhere "$(lines "$here/elsewhere")"
}

check_a_full_disk_leaves_the_old_outputs() {
  project <<'TOML'
[tasks.t]
needs = ["small"]
run = "truncate -s 0 big; i=0; while [ $i -lt 30 ]; do i=$((i + 1)); cat /usr/bin/bash >>big; done"
outputs = ["big"]
[tasks.small]
run = "echo new >small"
outputs = ["small"]
TOML
  cp -a .git devbox.toml "$here/"
  # The project is on a small disk; its state, where the task writes, is not.
  capture unshare --user --map-current-user --keep-caps --mount bash -c '
    mount -t tmpfs -o size=4m tmpfs "$1" || exit 99
    cd "$1" && cp -a ../.git ../devbox.toml . && echo old >small && echo old >big
    "$2" build --trust t
    echo "status $?: $(cat small) $(head -c 100 big); $(ls -A)"
    mount -o remount,size=200m "$1"
    "$2" build --trust --quiet t
    echo "status $?: $(cat small) $(stat -c %s big); $(ls -A)"' bash "$project" "$DEVBOX"
  true_that "a tmpfs can be mounted" [ "$status" != 99 ]
  holds "what is said" "$err" "No space left on device"
  same "what is left, and what comes with room" "status 1: old old; .git
big
devbox.toml
small
status 0: new $((30 * $(stat -L -c %s "$tree/usr/bin/bash"))); .git
big
devbox.toml
small" "$out"
}

# hold_task [OUTPUT]: a task that says "begun", waits for a file that `go` makes, and is done.
hold_task() {
  mkdir -p "$here/go"
  project <<TOML
[tasks.t]
hermetic = false
run = "echo begun; while [ ! -e /srv/go/on ]; do sleep 0.02; done; echo new >o; mkdir d; echo new >d/f"
outputs = ["o", "d"]
[mounts."/srv/go"]
type = "bind"
source = "$here/go"
TOML
}
go() { : >"$here/go/on"; }
begin() {
  "$DEVBOX" build --trust --verbose >"$here/said" 2>&1 &
  builder=$!
  eventually "the task runs" grep -q begun "$here/said"
}

check_of_two_builds_of_a_task_one_waits_and_says_so() {
  hold_task
  begin
  "$DEVBOX" build --trust >"$here/second" 2>&1 &
  local second=$!
  eventually "the second one waits" grep -q "waiting" "$here/second"
  same "what it says" "devbox: waiting for another build of t, which process $builder does" "$(cat "$here/second")"
  go
  ended "$builder"
  same "the status of the first" 0 "$status"
  ended "$second"
  same "the status of the second" 0 "$status"
  same "the output" new "$(lines o)"
  same "what there is" "./d/f ./devbox.toml ./o" "$(there_is)"
}

check_a_build_that_is_ended_in_the_middle_leaves_nothing_but_the_old_outputs() {
  local signal
  for signal in INT TERM HUP KILL; do
    rm -rf "$here/go" d
    hold_task
    echo old >o
    # A script's background processes ignore SIGINT.
    env --default-signal=INT "$DEVBOX" build --trust --verbose >"$here/said" 2>&1 &
    builder=$!
    eventually "the task runs" grep -q begun "$here/said"
    kill -$signal "$builder"
    ended "$builder"
    true_that "SIG$signal ends it" [ "$status" -gt 128 ]
    eventually "no box is left of SIG$signal" no_box
    same "what there is after SIG$signal" "./devbox.toml ./o" "$(there_is)"
    same "the output after SIG$signal" old "$(lines o)"
    go
    built
    same "what the next one gives after SIG$signal" "./d/f ./devbox.toml ./o new" "$(there_is) $(lines o)"
  done
}

check_what_a_killed_publishing_left_is_no_source_and_goes() {
  project <<'TOML'
[tasks.t]
run = "ls -A1 >o"
outputs = ["o"]
untracked = true
TOML
  mkdir .devbox-output-o
  echo half >.devbox-output-o/x
  built
  same "what the task saw" $'devbox.toml\no' "$(lines o)"
  same "what there is" "./devbox.toml ./o" "$(there_is)"
}

check_outputs_of_a_task_are_seen_by_those_that_need_it_and_what_else_it_made_is_not() {
  project <<'TOML'
[tasks]
gen = { run = "mkdir -p build; echo gen >build/gen; echo side >build/side; echo side >side; touch /tmp/x $HOME/x", outputs = ["build/gen"] }
unrelated = { run = "echo >unrelated", outputs = ["unrelated"] }
mid = { run = "cat build/gen >mid; touch -d @5 build/gen", outputs = ["mid"], needs = ["gen"] }
app = { run = "find_all >o; cat build/gen mid >>o", outputs = ["o"], needs = ["mid", "unrelated"] }
TOML
  sed -i 's/find_all/ls -A1 -I devbox-e2e.* . build \/tmp $HOME/' devbox.toml  # it may lie in /tmp
  git add devbox.toml
  built app
  same "what the last one saw" ".:
build
devbox.toml
mid
o
unrelated

/home/build:

/tmp:

build:
gen
gen
gen" "$(lines o)"
  same "what came back" "./build/gen ./devbox.toml ./mid ./o ./unrelated" "$(there_is)"
  sed -i 's/cat build\/gen >mid/exit 4/' devbox.toml
  rm -r build o mid unrelated
  fails 1 app
  holds "what is said of the one that failed" "$err" "the task mid ended with status 4"
  same "what came of those before" "./devbox.toml" "$(there_is)"
}

check_outputs_of_tasks_may_be_in_each_other_and_the_later_task_wins() {
  project <<'TOML'
[tasks]
configure = { run = "mkdir -p b/d; echo 1 >b/conf; echo 1 >b/gone; echo 1 >b/d/x; echo 1 >same", outputs = ["b", "same"] }
inner = { run = "echo 2 >b/d/x; echo 2 >b/app; echo 2 >same", outputs = ["b/d", "b/app", "same"], needs = ["configure"] }
outer = { run = "rm b/gone; echo 3 >b/app", outputs = ["b"], needs = ["inner"] }
TOML
  mkdir b && echo old >b/old
  built inner --record "$here/inner"
  same "the inner task's" "b/app=2 b/conf=1 b/d/x=2 b/gone=1 same=2" "$(echo $(for f in b/* b/d/*  same; do [ -d $f ] || echo $f=$(cat $f); done | sort))"
  same "its record" "$(sha256sum b/app b/conf b/d/x b/gone same)" "$(recorded "$here/inner")"
  built inner --verify "$here/inner"
  built outer --record "$here/outer"
  same "the outer task's" "b/app=3 b/conf=1 b/d/x=2 same=2" "$(echo $(for f in b/* b/d/* same; do [ -d $f ] || echo $f=$(cat $f); done | sort))"
  same "its record" "$(sha256sum b/app b/conf b/d/x same)" "$(recorded "$here/outer")"
  same "nothing else" "./b/app ./b/conf ./b/d/x ./devbox.toml ./same" "$(there_is)"
}

check_a_cache_is_kept_from_build_to_build_and_not_there_with_check_or_record() {
  project <<'TOML'
[tasks.t]
run = "mkdir -p ~/.cache/c; echo x >>~/.cache/c/f; ls -A1 ~/.cache >o; cat ~/.cache/c/f >>o"
outputs = ["o"]
cache = ["c"]
TOML
  built
  same "the first build" $'c\nx' "$(lines o)"
  built
  same "the second build" $'c\nx\nx' "$(lines o)"
  built --check
  holds "the check" "$out" "t is reproducible"
  built --record "$here/record"
  same "a recorded build" $'c\nx' "$(lines o)"
  built --verify "$here/record"
  built
  same "the third build" $'c\nx\nx\nx' "$(lines o)"
}

check_which_task_is_meant_is_asked_where_there_are_several() {
  project <<'TOML'
[tasks.release]
run = "echo >o"
outputs = ["o"]
[tasks.other]
run = "true"
TOML
  fails 2
  holds "what is said" "$err" "devbox: $project/devbox.toml has several tasks" "\`devbox build TASK\`; \`devbox tasks\` lists them"
  fails 2 relese
  holds "what is said of a name that is almost one" "$err" 'did you mean `release`?'
  cd "$here" && fails 1 -p "$project/devbox.toml" release --record /nowhere/at/all
  holds "what is said of a record that cannot be written" "$err" "devbox: cannot write /nowhere/at/all: No such file or directory"
}

run_checks "$@"
