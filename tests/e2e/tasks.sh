#!/usr/bin/env bash
# The tasks of a profile: how they are listed, and `devbox run --task`.
. "$(dirname "$0")/lib.sh"

# project_profile: the project's devbox.toml, from standard input, after the lines that all have.
project_profile() {
  { printf 'schema = 1\n[image]\nsource = "rootfs:%s"\n' "$tree" && cat; } >"$project/devbox.toml"
}
# Its image lies outside the project.
task() { capture "$DEVBOX" run --trust --task "$@"; }

check_the_tasks_of_a_profile_are_listed() {
  project_profile <<'END'
[tasks.release]
description = "what goes out"
run = "make"
needs = ["gen"]
outputs = ["build/app"]
[tasks.gen]
run = ["python3", "gen.py"]
END
  capture "$DEVBOX" tasks
  same "status" 0 "$status"
  same "standard error" "" "$err"
  same "the list" 'NAME     DESCRIPTION     NEEDS  OUTPUTS
gen      python3 gen.py
release  what goes out   gen    build/app' "$out"
  cd / && capture "$DEVBOX" tasks -p "$project/devbox.toml" --json
  same "status of --json" 0 "$status"
  holds "the JSON" "$out" '"name": "gen"' '"python3",' "\"at\": \"$project/devbox.toml:4:8\""
}

check_a_profile_without_tasks_says_how_one_is_written_and_that_is_one() {
  project_profile </dev/null
  capture "$DEVBOX" tasks
  same "status" 0 "$status"
  same "output" "" "$out"
  holds "standard error" "$err" "devbox: $project/devbox.toml has no tasks"
  sed -n 's/^    //p' <<<"$err" >>devbox.toml
  task hello
  same "what the example says" "hello from $project" "$out"
  same "status of the example" 0 "$status"
  capture "$DEVBOX" tasks --json -p box
  same "JSON of none" "[]" "$out"
}

check_a_task_runs_after_those_that_it_needs_each_once_and_in_a_box_of_its_own() {
  project_profile <<'END'
[tasks.all]
run = "echo all >>log; ! ls /tmp/left-by-a"
needs = ["b", "a"]
[tasks.a]
run = "echo a >>log; touch /tmp/left-by-a"
needs = ["base"]
[tasks.b]
run = ["sh", "-c", "echo b >>log"]
needs = ["base"]
[tasks.base]
run = "echo base >>log"
[tasks.stands-for-others]
needs = ["a"]
END
  task all
  same "status" 0 "$status"
  same "output" "" "$out"
  holds "what ls says" "$err" "No such file"
  same "the order" $'base\nb\na\nall' "$(cat log)"
  rm log
  task stands-for-others
  same "status of a task without a command" 0 "$status"
  same "its order" $'base\na' "$(cat log)"
  refuses 125 'devbox: the task `stands-for-others` takes no arguments: it has no command
  hint: it stands for a' "$DEVBOX" run --trust --task stands-for-others -- x
}

check_the_first_that_fails_ends_it_with_its_status_and_its_name() {
  project_profile <<'END'
[tasks.release]
run = "echo release >>log"
needs = ["gen", "other"]
[tasks.gen]
run = """
echo gen >>log
(exit 7)
echo went on >>log
"""
[tasks.other]
run = "echo other >>log"
[tasks.absent]
needs = ["nowhere"]
[tasks.nowhere]
run = ["no-such-program"]
END
  refuses 7 'devbox: the task `gen`, which `release` needs, failed with status 7' \
    "$DEVBOX" run --trust --task release
  same "what ran" gen "$(cat log)"
  refuses 127 'devbox: cannot run `no-such-program`: there is no such program in the box
  hint: its image does not have it on the PATH that `devbox plan` shows
devbox: the task `nowhere`, which `absent` needs, failed with status 127' \
    "$DEVBOX" run --trust --task absent
  refuses 7 "" "$DEVBOX" run --trust --task gen
}

check_arguments_are_those_of_an_argv_and_the_parameters_of_a_text() {
  project_profile <<'END'
[tasks.argv]
run = ["printf", "<%s>", "first"]
[tasks.text]
run = "printf '<%s>' \"$#\" \"$@\""
END
  task argv -- "a b" "" --x
  same "of an argv" "<first><a b><><--x>" "$out"
  task text -- "a b" "" --x
  same "of a text" "<3><a b><><--x>" "$out"
  task text
  same "of a text without any" "<0>" "$out"
  task text --
  same "with nothing behind the dashes" "<0>" "$out"
}

check_a_task_has_its_directory_and_its_variables_in_the_box_of_the_profile() {
  mkdir -p src/deep elsewhere
  project_profile <<'END'
[env]
set = { COLOUR = "red", SHAPE = "round" }
[tasks.where]
run = "pwd; echo $COLOUR $SHAPE $LITERAL; ls ~/.kept 2>/dev/null || touch ~/.kept"
cwd = "src/deep"
env = { COLOUR = "blue", LITERAL = "${home}" }
[tasks.top]
run = "pwd"
[tasks.lost]
run = "pwd"
cwd = "nowhere"
END
  cd elsewhere || return
  task where
  same "in the task's directory" "$project/src/deep
blue round \${home}" "$out"
  task top
  same "in the project" "$project" "$out"
  capture "$DEVBOX" run --trust --cwd "$project/src" --env COLOUR=green --task where
  same "what is typed goes before it, and the home is kept" "$project/src
green round \${home}
$HOME/.kept" "$out"
  refuses 125 "devbox: cannot enter the working directory $project/nowhere: No such file or directory
  hint: there is no such directory inside the box; \`--cwd\` names another" \
    "$DEVBOX" run --trust --task lost
}

check_a_task_of_a_box_without_its_project_cannot_start_in_it() {
  project_profile <<'END'
[workspace]
mode = "none"
[tasks.deep]
run = "pwd"
cwd = "src"
[tasks.top]
run = "echo ran"
END
  refuses 125 "devbox: $project/devbox.toml:6:8: the task \`deep\` starts in the project, which its box does not show
  hint: \`workspace.mode\` in the profile, or another working directory, changes that" \
    "$DEVBOX" run --trust --task deep
  task top
  same "one that need not" ran "$out"
}

check_a_name_that_no_task_has_is_told_with_its_neighbour_and_the_list() {
  project_profile <<'END'
[tasks.release]
run = "make"
[tasks.gen]
run = "make"
END
  refuses 125 "devbox: $project/devbox.toml has no task \`relase\`
  hint: did you mean \`release\`? it has gen, release" "$DEVBOX" run --trust --task relase
  refuses 125 "devbox: $project/devbox.toml has no task \`x\`
  hint: it has gen, release" "$DEVBOX" run --trust --task x -- a
  refuses 125 "devbox: $profiles/box.toml has no task \`x\`
  hint: \`devbox tasks\` shows how one is written" "$DEVBOX" run -p box --task x
  capture "$DEVBOX" run -p box --task "" -- touch "$project/ran"
  same "status of an empty name" 125 "$status"
  holds "what is said to it" "$err" "--task" "it names no task"
  true_that "nothing ran" [ ! -e ran ]
}

check_a_circle_is_a_mistake_of_the_profile() {
  project_profile <<'END'
[tasks.a]
needs = ["b"]
[tasks.b]
needs = ["c", "d"]
[tasks.c]
needs = ["a"]
END
  refuses 125 "devbox: $project/devbox.toml:5:10: \`tasks.a.needs\`: a needs b needs c needs a
$project/devbox.toml:7:15: \`tasks.b.needs\`: there is no task \"d\"" "$DEVBOX" run --trust --task a
}

check_input_and_output_are_the_tasks_alone() {
  project_profile <<'END'
[tasks.count]
run = ["sha256sum"]
needs = ["noisy"]
[tasks.noisy]
run = "echo noise; echo more >&2; cat | wc -c"
END
  head -c 1000000 /dev/urandom >data
  "$DEVBOX" run --trust --task count <data >sum 2>said
  same "status" 0 "$?"
  same "what came through a pipe" "$(sha256sum <data)" "$(cat sum)"
  same "what the needed one said" $'noise\nmore\n0' "$(cat said)"
}

check_a_profile_that_is_not_trusted_runs_no_task() {
  project_profile <<'END'
[tasks.a]
run = "touch ran"
needs = ["b"]
[tasks.b]
run = "touch ran"
END
  capture "$DEVBOX" run --task a
  same "status" 125 "$status"
  holds "what is said" "$err" "is not trusted"
  true_that "nothing ran" [ ! -e ran ]
}

check_a_task_cannot_open_the_box_of_the_next() {
  mkdir -p inside "$HOME/secret" && echo key >"$HOME/secret/key"
  project_profile <<END
[mounts."/opt/data"]
source = "./inside"
[tasks.steal]
run = "cat /opt/data/key"
needs = ["swap"]
[tasks.swap]
run = "rmdir inside && ln -s $HOME/secret inside"
[tasks.read]
run = "cat /opt/new/key"
needs = ["rewrite"]
[tasks.rewrite]
run = "printf '[mounts.\"/opt/new\"]\\\\nsource = \"$HOME/secret\"\\\\n' >>devbox.toml"
END
  local trust
  "$DEVBOX" profile trust >/dev/null
  for trust in "" --trust; do
    capture "$DEVBOX" run $trust --task steal
    same "status with '$trust'" 125 "$status"
    lacks "what is read" "$out" key
    holds "what is said" "$err" "something else outside its project"
    rm inside && mkdir inside
  done
  capture "$DEVBOX" run --trust --task read
  same "status where the profile was written anew" 1 "$status"
  lacks "what is read" "$out" key
  true_that "the profile was written" grep -q opt/new devbox.toml
}

# begin NAME: the task in the background; $launcher is its pid.
begin() {
  "$DEVBOX" run --trust --task "$1" >"$here/said" 2>"$here/errors" </dev/null &
  launcher=$!
  eventually "the task started" [ -e started ]
}
no_boxes_left() { [ -z "$(ls -A "$XDG_RUNTIME_DIR/devbox/boxes")" ]; }

check_a_signal_ends_the_task_that_runs_and_what_would_follow() {
  local mark=devbox-e2e-$$-task
  project_profile <<END
[tasks.next]
run = "touch went-on"
needs = ["long", "kind"]
[tasks.long]
run = ["bash", "-c", "touch started; exec -a $mark sleep 100"]
[tasks.after-kind]
run = "touch went-on"
needs = ["kind"]
[tasks.kind]
run = ["bash", "-c", "trap 'echo bye >&2; exit 0' TERM; touch started; sleep 100 & wait"]
END
  begin next
  kill -TERM "$launcher"
  ended "$launcher"
  same "status" 143 "$status"
  same "what is said" 'devbox: the task `long`, which `next` needs, failed with status 143' \
    "$(grep -v Terminated "$here/errors")"
  same "processes left" "" "$(processes_with "$mark")"
  rm started
  begin after-kind
  kill -TERM "$launcher"
  ended "$launcher"
  same "status where the task ends well" 143 "$status"
  same "what the task said" bye "$(cat "$here/errors")"
  true_that "nothing followed" [ ! -e went-on ]
  eventually "no box is left" no_boxes_left
}

check_a_task_ends_with_the_one_that_waits_for_it() {
  local mark=devbox-e2e-$$-orphan
  project_profile <<END
[tasks.next]
run = "touch went-on"
needs = ["long"]
[tasks.long]
run = ["bash", "-c", "touch started; exec -a $mark sleep 100"]
END
  begin next
  kill -KILL "$launcher"
  ended "$launcher"
  same "status" 137 "$status"
  eventually "no process of the task is left" none_with "$mark"
  true_that "nothing followed" [ ! -e went-on ]
}

check_what_a_persistent_root_has_of_one_task_the_next_sees() {
  project_profile <<'END'
root = "persistent"
[tasks.use]
run = "cat /opt/made; grep made /etc/passwd"
needs = ["make"]
[tasks.make]
run = "echo 1 >/opt/made; echo made:x:9999:9999::/:/bin/sh >>/etc/passwd"
END
  task use
  same "what it sees" $'1\nmade:x:9999:9999::/:/bin/sh' "$out"
  same "what is said" "" "$err"
}

run_checks "$@"
