#!/usr/bin/env bash
# Boxes that several commands share: who joins which, under what, and when they end.
. "$(dirname "$0")/lib.sh"

# spy SECONDS WORD: how many processes that come into the box let it read WORD in their environment.
compile spy <<'C'
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char seen[1 << 22];

static int a_new_pid(void) {
  int pid = fork();
  if (pid == 0) _exit(0);
  waitpid(pid, NULL, 0);
  return pid;
}

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  int hits = 0;
  time_t end = time(NULL) + atoi(argv[1]);
  for (int round = 0, next = a_new_pid(); time(NULL) < end; ++round) {
    if (round % 2000 == 1999) next = a_new_pid();
    for (int pid = next + 1; pid < next + 12; ++pid) {
      char path[64], text[1 << 16];
      snprintf(path, sizeof path, "/proc/%d/environ", pid);
      int fd = seen[pid] ? -1 : open(path, O_RDONLY);
      if (fd < 0) continue;
      ssize_t size = read(fd, text, sizeof text);
      close(fd);
      if (size > 0 && memmem(text, size, argv[2], strlen(argv[2])) != NULL) seen[pid] = 1, ++hits;
    }
  }
  printf("%d\n", hits);
}
C

# steal: takes every descriptor of every other process of the box, and tells where a directory leads out.
compile steal <<'C'
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void) {
  int taken = 0;
  DIR* processes = opendir("/proc");
  for (struct dirent* entry; (entry = readdir(processes)) != NULL;) {
    int pid = atoi(entry->d_name), process = pid > 0 && pid != getpid() ? syscall(SYS_pidfd_open, pid, 0) : -1;
    for (int fd = 0; process >= 0 && fd < 64; ++fd) {
      struct stat above, here;
      int copy = syscall(SYS_pidfd_getfd, process, fd, 0);
      if (copy < 0) continue;
      ++taken;
      if (fstat(copy, &here) == 0 && S_ISDIR(here.st_mode) && fstatat(copy, "..", &above, 0) == 0 &&
          (above.st_ino != here.st_ino || above.st_dev != here.st_dev))
        printf("%d of process %d leads out\n", fd, pid);
      if (S_ISDIR(here.st_mode) && openat(copy, "new", O_WRONLY | O_CREAT, 0600) >= 0)
        printf("%d of process %d can be written\n", fd, pid);
      close(copy);
    }
  }
  puts(taken > 0 ? "took some" : "took none");
}
C

# start NAME ARGUMENT…: `devbox ARGUMENT…` in the background, its pid in $NAME, what it says in
# $here/NAME, once that holds "up".
start() {
  local name=$1
  shift
  : >"$here/$name"
  : >"$here/$name.err"
  "$DEVBOX" "$@" >"$here/$name" 2>"$here/$name.err" </dev/null &
  printf -v "$name" %s $!
  eventually "$name came up: $(cat "$here/$name.err")" grep -q up "$here/$name"
}
readonly sleeps='echo up; sleep 1000'

# shell NAME [OPTION…]: `devbox enter` whose keyboard is $NAME_in; its pid is in $NAME.
shell() {
  local name=$1 fd
  shift
  mkfifo "$here/$name.in"
  : >"$here/$name"
  "$DEVBOX" enter -p box "$@" <"$here/$name.in" >"$here/$name" 2>"$here/$name.err" &
  printf -v "$name" %s $!
  exec {fd}>"$here/$name.in"
  printf -v "${name}_in" %s "$fd"
}
# type NAME LINE…: and waits until the shell has done all of it.
type() {
  local name=$1 in=${1}_in done=done-$RANDOM
  shift
  printf '%s\n' "$@" "echo $done" >&"${!in}"
  eventually "$name did: $* ($(cat "$here/$name.err"))" grep -q "$done" "$here/$name"
}
close() {
  local in=${1}_in
  eval "exec ${!in}>&-"
}

ids() { "$DEVBOX" ps --quiet; }
count_of_boxes() { ids | wc -l; }
box_count_is() { [ "$(count_of_boxes)" = "$1" ]; }
# Nothing of any box is left: no entry, record, or process.
nothing_is_left() {
  [ -z "$(ls -A "$XDG_RUNTIME_DIR/devbox/boxes" "$XDG_RUNTIME_DIR/devbox/records" | grep -v ':$' | grep .)" ] &&
    none_with "$here" && none_with devbox-init\ box
}
ended_whole() { eventually "nothing is left of $1" nothing_is_left; }
exec_in() { capture "$DEVBOX" exec "$@"; }

check_a_command_joins_and_ends_as_it_ends() {
  start main run -p box -- sh -c "$sleeps"
  exec_in "$(ids)" -- sh -c 'echo out; echo err >&2; pwd; cat /proc/1/comm; exit 42'
  same "the status" 42 "$status"
  same "the output" "out $project devbox-init" "${out//$'\n'/ }"
  same "the errors" err "$err"
  exec_in box -- sh -c 'kill -TERM $$'
  same "the status of a signal" 143 "$status"
  exec_in box -- nothing-of-that-name
  same "the status of a name that is not there" 127 "$status"
  holds "its message" "$err" 'devbox: cannot run `nothing-of-that-name`: there is no such program in the box'
  exec_in box -- /etc/passwd
  same "the status of what is no program" 126 "$status"
  exec_in box --cwd /nowhere -- true
  same "the status of a directory that is not there" 125 "$status"
  head -c 3000000 /dev/urandom >"$here/bytes"
  "$DEVBOX" exec box -- cat <"$here/bytes" >"$here/back"
  true_that "bytes come back as they went" cmp "$here/bytes" "$here/back"
  kill "$main"
  ended "$main"
  ended_whole "the box"
}

check_who_joins_is_in_the_same_namespaces_and_as_confined() {
  local look='{ for n in user mnt pid ipc uts net cgroup; do readlink /proc/self/ns/$n; done
    grep -E "^(NoNewPrivs|Seccomp|Seccomp_filters|Cap...|Uid|Gid|Groups):" /proc/self/status
    ulimit -n; id; umask; ls /proc/self/fd | wc -l; ls /; mount | sort | sha256sum; }'
  profile limited <<'END'
[rlimits]
nofile = "512:512"
[security]
seccomp = "strict"
[network]
mode = "none"
END
  profile capable <<<$'[security]\ncapabilities = ["sys_ptrace"]'
  profile rooted <<<$'[ids]\nmap = "root"'
  local name
  for name in box limited capable rooted; do
    start main run -p "$name" -- sh -c "$look >$project/first; $sleeps"
    exec_in "$(ids)" -- sh -c "$look"
    same "the status in $name" 0 "$status" || wrong "$err"
    same "what who joins $name sees of itself" "$(cat first)" "$out"
    kill "$main"
    ended "$main"
  done
}

# Until it executes devbox-init, it has the memory of the devbox that starts it on the host.
check_the_memory_of_who_joins_is_out_of_reach() {
  local i
  printf '[security]\ncapabilities = ["sys_ptrace"]\n' | profile traced
  for name in box traced; do
    cp "$helpers/spy" .
    start main run -p $name -- sh -c 'echo up; exec ./spy 4 WORD_OF_THE_CALLER'
    for i in $(seq 100); do
      WORD_OF_THE_CALLER=1 "$DEVBOX" exec $name -- true 2>/dev/null || break
    done
    true_that "many have joined: $i" [ "$i" -gt 20 ]
    ended "$main"
    same "who let $name read" "up 0" "$(xargs <"$here/main")"
  done
}

# pid 1 and those that supervise hold descriptors for the host.
check_no_descriptor_of_another_process_leads_out() {
  printf 'schema = 1\n[image]\nsource = "rootfs:%s"\nroot = "ephemeral"\n[workspace]\nmode = "overlay"\n%s\n' \
    "$tree" $'[security]\ncapabilities = ["sys_ptrace"]' >"$profiles/traced.toml"
  cp "$helpers/steal" .
  start main run -p traced -- sh -c "$sleeps"
  "$DEVBOX" exec traced -- sleep 5 &
  exec_in traced -- ./steal
  same "what it took" "took some" "$out"
  kill "$main" $!
  wait
  ended_whole "the box"
}

check_what_the_box_puts_in_the_way_or_stops_holds_nobody_up() {
  start main run -p box -- sh -c "$sleeps"
  exec_in box -- sh -c 'mkdir -p /run/devbox/shell && cd /run/devbox/shell && for i in $(seq $0 $(($0 + 400))); do mkfifo \
    devbox.bash.$i devbox.zsh.$i; done' "$$"
  shell two
  type two 'echo here'
  echo exit >&"$two_in"
  ended "$two"
  close two
  exec_in box -- sh -c 'echo before; kill -STOP $PPID; echo after'
  same "what a stopped supervisor's command says" "before after" "$(xargs <<<"$out")"
  kill "$main"
  ended "$main"
  ended_whole "the box"
}

check_the_session_keyring_is_neither_the_callers_nor_the_boxs() {
  profile open <<<$'[security]\nseccomp = "off"'
  compile keyring <<'END'
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(void) { printf("%ld\n", syscall(SYS_keyctl, 0, -3, 0)); return 0; }
END
  cp "$helpers/keyring" .
  start main run -p open -- sh -c "./keyring >first; $sleeps"
  exec_in open -- ./keyring
  same "the status" 0 "$status"
  true_that "it has a keyring of its own" [ "$out" != "$(cat first)" ]
  true_that "it is not the caller's" [ "$out" != "$(./keyring)" ]
  kill "$main"
  ended "$main"
}

check_the_environment_is_the_boxs_but_for_the_terminals() {
  start main run -p box --env ONE='1 = "x"' --env TERM=of-the-box -- sh -c "$sleeps"
  LOST=1 TERM=xterm-256color exec_in box --env TWO=2 -- env
  holds "its variables" $'\n'"$out"$'\n' $'\nONE=1 = "x"\n' $'\nTWO=2\n' $'\nTERM=xterm-256color\n' $'\nHOME='
  lacks "what the caller has" "$out" LOST
  kill "$main"
  ended "$main"
}

check_it_starts_where_the_caller_is_in_the_workspace() {
  mkdir -p sub/dir
  start main run -p box -- sh -c "$sleeps"
  cd sub/dir || return
  exec_in box -- pwd
  same "below the project" "$project/sub/dir" "$out"
  cd / || return
  exec_in box -- pwd
  same "elsewhere" "$project" "$out"
  exec_in box --cwd sub -- pwd
  same "with --cwd" "$project/sub" "$out"
  cd "$project" || return
  kill "$main"
  ended "$main"
}

check_descriptors_are_passed_by_number_alone() {
  start main run -p box -- sh -c "$sleeps"
  echo text >file
  exec 7<file 8<file
  exec_in box --pass-fd 7 -- sh -c 'ls /proc/self/fd | tr "\n" " "; cat <&7'
  exec 7<&- 8<&-
  same "the descriptors, and what the one reads" "0 1 2 3 7 text" "$out"
  kill "$main"
  ended "$main"
}

check_the_box_lives_until_its_last_command_has_ended() {
  start first run -p box -- sh -c "$sleeps"
  start second exec box -- sh -c 'echo up; sleep 1000'
  kill "$first"
  ended "$first"
  same "the status of the first" 143 "$status"
  same "the boxes then" 1 "$(count_of_boxes)"
  exec_in box -- sh -c 'ls -d /proc/[0-9]* | wc -l'
  same "a third command" 0 "$status"
  kill "$second"
  ended "$second"
  ended_whole "the box"
}

check_a_second_enter_joins_and_a_killed_one_takes_its_own_along() {
  shell one
  type one 'sleep 4711 &' 'echo $HOME >/tmp/shared'
  capture "$DEVBOX" plan box
  holds "what a plan says" "$out" "the box $(ids) runs, and is joined; \`--new\` starts another"
  capture "$DEVBOX" plan box -- true
  lacks "what a plan of \`run\` says" "$out" "is joined"
  capture "$DEVBOX" plan --new box
  lacks "what a plan of another says" "$out" "is joined"
  shell two
  type two 'cat /tmp/shared' 'ps -e -o args >seen'
  same "the boxes of two shells" 1 "$(count_of_boxes)"
  same "what the second reads" "$HOME" "$(head -1 "$here/two")"
  holds "the processes it sees" "$(cat seen)" "sleep 4711"
  kill -KILL "$one"
  wait "$one" 2>/dev/null
  eventually "the first one's job has ended" none_with "sleep 4711"
  type two 'echo alive'
  holds "the second" "$(cat "$here/two")" alive
  echo 'exit 5' >&"$two_in"
  ended "$two"
  same "the status of the second" 5 "$status"
  close one
  close two
  ended_whole "the box"
}

check_what_shapes_a_box_otherwise_makes_another() {
  shell one
  type one 'echo'
  shell two --new
  type two 'echo'
  same "with --new" 2 "$(count_of_boxes)"
  shell three --network none
  type three 'echo'
  same "with another network" 3 "$(count_of_boxes)"
  shell four --env A=b --cwd /tmp
  type four 'echo $A $PWD'
  same "with a variable and a directory" 3 "$(count_of_boxes)"
  holds "which it has" "$(cat "$here/four")" "b /tmp"
  same "what is said" "" "$(cat "$here"/*.err)"
  "$DEVBOX" stop --all >"$here/stopped"
  same "the boxes that were stopped" 3 "$(wc -l <"$here/stopped")"
  ended_whole "them"
}

check_a_profile_that_has_changed_makes_another_box_and_says_so() {
  local id
  shell one
  type one 'echo'
  id=$(ids)
  profile box <<<$'[env.set]\nNEW = "yes"'
  capture "$DEVBOX" plan box
  holds "what a plan says" "$out" "the profile has changed since the box $id was started: this is another one"
  shell two
  type two 'echo $NEW'
  same "what is said" "devbox: the profile has changed since the box $id was started: this is another one; \`devbox exec $id -- COMMAND\` runs in that" "$(cat "$here/two.err")"
  holds "the variable" "$(cat "$here/two")" yes
  same "the boxes" 2 "$(count_of_boxes)"
  "$DEVBOX" stop --all >/dev/null
  ended_whole "them"
}

check_two_at_one_instant_share_a_box() {
  local i j
  for i in 1 2 3 4 5 6; do
    for j in 1 2 3 4; do
      sh -c 'echo "echo up-$0; sleep 0.6"; sleep 0.5' $j | "$DEVBOX" enter -p box >"$here/at.$j" 2>&1 &
    done
    eventually "they are up" grep -q up "$here"/at.1
    eventually "they are up" grep -q up "$here"/at.4
    same "the boxes of round $i" 1 "$(count_of_boxes)"
    wait
    ended_whole "round $i" || return
  done
}

check_a_box_that_is_kept_stays_until_it_is_stopped() {
  local id
  run --keep -- sh -c 'echo 1 >/tmp/file'
  same "the status of run --keep" 0 "$status"
  id=$(ids)
  exec_in box -- cat /tmp/file
  same "what is kept" "0 1" "$status $out"
  shell one
  type one 'cat /tmp/file'
  same "enter joins it" 1 "$(count_of_boxes)"
  printf 'exit\n' >&"$one_in"
  ended "$one"
  holds "how ps shows it" "$("$DEVBOX" ps)" "$id" "(kept)"
  capture "$DEVBOX" stop box
  same "stop" 0 "$status" || wrong "$err"
  ended_whole "the box"
}

check_stop_lets_traps_run_and_kills_the_rest() {
  start main run -p box -- sh -c 'trap "echo trapped >trap; exit 9" TERM; echo up; while :; do sleep 0.05; done'
  capture "$DEVBOX" stop box
  same "stop" 0 "$status"
  ended "$main"
  same "the trap's status, and what it wrote" "9 trapped" "$status $(cat trap)"
  start main run -p box -- sh -c 'trap "" TERM HUP; echo up; while :; do sleep 0.05; done'
  start other exec box -- sh -c 'trap "" TERM HUP; echo up; while :; do sleep 0.05; done'
  capture "$DEVBOX" stop --time 0.3 box
  same "stop of what traps" 0 "$status"
  ended "$main"
  same "the status of its command" 137 "$status"
  ended "$other"
  same "the status of who joined" 137 "$status"
  ended_whole "the box"
  refuses 1 "devbox: no box that runs is box
  hint: none of yours runs; \`devbox enter\` starts one" "$DEVBOX" stop box
  refuses 125 "devbox: no box that runs is box
  hint: none of yours runs; \`devbox enter\` starts one" "$DEVBOX" exec box -- true
}

check_stop_while_others_join_leaves_nothing() {
  local i
  for ((i = 0; i < 8; i++)); do
    start main run -p box -- sh -c "$sleeps"
    (while "$DEVBOX" exec box -- sleep 0.01; do :; done) >/dev/null 2>"$here/joining" &
    (while "$DEVBOX" exec box -- sleep 0.01; do :; done) >/dev/null 2>&1 &
    sleep "0.0$((RANDOM % 10))"
    capture "$DEVBOX" stop --time 1 box
    same "stop $i" 0 "$status" || wrong "$err"
    wait
    ended_whole "round $i" || return
  done
}

check_a_box_whose_pid_1_was_killed_is_told_and_forgotten() {
  start main run -p box -- sh -c "$sleeps"
  start other exec box -- sh -c "$sleeps"
  kill -KILL "$("$DEVBOX" ps --json | sed -n 's/^ *"pid": \(.*\),$/\1/p')"
  ended "$main"
  same "the status of the first" 137 "$status"
  ended "$other"
  same "the status of who joined" 137 "$status"
  holds "what is said" "$(cat "$here/other.err")" "devbox: the box was killed from outside"
  same "the boxes" 0 "$(count_of_boxes)"
  run -- true
  same "the next" 0 "$status"
  ended_whole "the box"
}

check_who_supervises_may_be_killed_by_the_box_and_the_box_lives_on() {
  start main run -p box -- sh -c "$sleeps"
  start other exec box -- sh -c 'echo up; exec sleep 4712'
  exec_in box -- sh -c 'for p in /proc/[0-9]*; do [ "$(cat $p/comm)" = devbox-init ] && [ $p != /proc/1 ] && [ ${p#/proc/} != $PPID ] && kill -KILL ${p#/proc/}; done'
  ended "$other"
  same "the status" 137 "$status"
  eventually "its command has ended" none_with "sleep 4712"
  exec_in box -- echo fine
  same "the box" "0 fine" "$status $out"
  kill "$main"
  ended "$main"
  ended_whole "the box"
}

check_a_record_of_another_process_or_devbox_is_not_believed() {
  local id records=$XDG_RUNTIME_DIR/devbox/records
  start main run -p box -- sh -c "$sleeps"
  id=$(ls "$records")
  cp "$records/$id" "$here/record"
  sed -i 's/"version":"[^"]*"/"version":"0.0.0"/' "$records/$id"
  refuses 125 "devbox: the box $id was started by devbox 0.0.0, which is not this one ($("$DEVBOX" --version | cut -d' ' -f2))
  hint: \`devbox stop $id\` ends it" "$DEVBOX" exec box -- true
  sed "s/\"pid\":[0-9]*/\"pid\":$$/" "$here/record" >"$records/$id"
  same "the boxes where its number is another process's" 0 "$(count_of_boxes)"
  printf '{"pid":' >"$records/$id"
  same "the boxes where the record is no JSON" 0 "$(count_of_boxes)"
  cp "$here/record" "$records/$id"
  same "the boxes" 1 "$(count_of_boxes)"
  kill "$main"
  ended "$main"
  ended_whole "the box"
}

check_the_box_of_another_user_is_not_to_be_seen() {
  start main run -p box -- sh -c "$sleeps"
  local id
  id=$(ids)
  XDG_RUNTIME_DIR=$here/other
  mkdir -m 700 "$XDG_RUNTIME_DIR"
  exec_in "$id" -- true
  same "the status" 125 "$status"
  holds "the message" "$err" "no box that runs is $id"
  XDG_RUNTIME_DIR=$here/run
  kill "$main"
  ended "$main"
}

check_a_persistent_root_is_mounted_once_and_shared() {
  printf 'schema = 1\n[image]\nsource = "rootfs:%s"\nroot = "persistent"\n' "$tree" >"$profiles/kept.toml"
  start main run -p kept -- sh -c 'echo 1 >/opt/first; echo up; sleep 1000'
  capture "$DEVBOX" run -p kept -- sh -c 'cat /opt/first; echo 2 >/opt/second'
  same "what who joins reads" "0 1 " "$status $out $err"
  exec_in kept -- cat /opt/second
  same "what it wrote" 2 "$out"
  same "the boxes" 1 "$(count_of_boxes)"
  local id
  id=$(ids)
  echo '# changed' >>"$profiles/kept.toml"
  capture "$DEVBOX" plan kept -- true
  holds "what a plan says of another profile" "$out" "since the box $id was started, which has the persistent root: it is joined as it was"
  capture "$DEVBOX" run -p kept -- cat /opt/second
  same "with another profile" "0 2" "$status $out"
  same "what is said of it" "devbox: the profile has changed since the box $id was started, which has the persistent root: it is joined as it was; \`devbox stop $id\` ends it" "$err"
  kill "$main"
  ended "$main"
  ended_whole "the box"
  capture "$DEVBOX" run -p kept -- cat /opt/first /opt/second
  same "what is there afterwards" "0 1 2" "$status ${out//$'\n'/ }"
}

check_what_is_thrown_away_goes_with_the_last_command() {
  printf 'schema = 1\n[image]\nsource = "rootfs:%s"\nroot = "ephemeral"\n' "$tree" >"$profiles/thrown.toml"
  start first run -p thrown -- sh -c 'echo 1 >/opt/first; echo up; sleep 1000'
  start second exec thrown -- sh -c 'cat /opt/first; echo up; sleep 1000'
  kill "$first"
  ended "$first"
  exec_in thrown -- cat /opt/first
  same "after the first has gone" "0 1" "$status $out"
  kill "$second"
  ended "$second"
  ended_whole "the box"
  same "what is left of it" "" "$(ls -A "$HOME/.local/state/devbox/ephemeral")"
}

check_debuggers_attach_across_terminals_with_the_capability() {
  profile capable <<<$'[security]\ncapabilities = ["sys_ptrace"]'
  start main run -p capable -- sh -c 'echo $$ >pid; echo up; sleep 1000; :'
  exec_in capable -- gdb -q -batch -p "$(cat pid)" -ex 'info proc'
  same "the status of gdb" 0 "$status"
  holds "what gdb finds" "$out" "process $(cat pid)"
  lacks "what is said" "$err" devbox
  kill "$main"
  ended "$main"
  start main run -p box -- sh -c "$sleeps"
  exec_in box -- gdb --version
  case $(cat /proc/sys/kernel/yama/ptrace_scope 2>/dev/null || echo 0) in
    0) same "what is said where everybody may" "" "$err" ;;
    *) holds "what is said where yama forbids it" "$err" 'security.capabilities = ["sys_ptrace"]' ;;
  esac
  kill "$main"
  ended "$main"
}

check_each_terminal_has_a_name_inside() {
  needs script
  script -qfec "$DEVBOX run -p box -- sh -c 'tty; $sleeps'" "$here/main" >/dev/null </dev/null &
  local first=$!
  eventually "the first came up" grep -q up "$here/main"
  holds "its terminal" "$(cat "$here/main")" /dev/console
  script -qfec "$DEVBOX exec box -- sh -c 'tty; ls -l /dev/console; sleep 0.3'" "$here/other" >/dev/null </dev/null
  holds "the other's" "$(cat "$here/other")" /dev/console
  exec_in box -- sh -c 'ls -l /dev/console'
  true_that "they are two devices" [ "$(grep -o '136, *[0-9]*' <<<"$out")" != "$(grep -o '136, *[0-9]*' "$here/other")" ]
  "$DEVBOX" stop box >/dev/null
  wait "$first"
  ended_whole "the box"
}

check_a_terminal_has_a_name_in_a_box_that_was_started_without_one() {
  needs script
  start main run -p box -- sh -c "$sleeps"
  script -qfec "$DEVBOX exec box -- sh -c 'tty; ls -l /dev/console; touch /dev/new'" "$here/first" >/dev/null </dev/null
  holds "the first one's terminal" "$(cat "$here/first")" $'/dev/console\r' "crw" "Read-only file system"
  script -qfec "$DEVBOX exec box -- tty" "$here/second" >/dev/null </dev/null
  holds "the second one's" "$(cat "$here/second")" $'/dev/console\r'
  exec_in box -- sh -c 'ls -l /dev/console; echo x >/dev/console; tty'
  holds "what the others see" "$out" "---------- 1" "not a tty"
  holds "what they may" "$err" "Read-only file system"
  kill "$main"
  ended "$main"
  ended_whole "the box"
}

check_kills_at_any_moment_of_joining_leave_the_box_whole() {
  local i pid
  start main run -p box -- sh -c "$sleeps"
  for ((i = 0; i < 60; i++)); do
    "$DEVBOX" exec box -- sleep 4713 >/dev/null 2>&1 </dev/null &
    pid=$!
    sleep "0.0$(printf %02d $((RANDOM % 30)))"
    kill -KILL "$pid"
    wait "$pid" 2>/dev/null
  done
  eventually "no command of theirs is left" none_with "sleep 4713"
  exec_in box -- echo fine
  same "the box" "0 fine" "$status $out"
  kill "$main"
  ended "$main"
  ended_whole "the box"
}

check_ps_tells_what_runs() {
  capture "$DEVBOX" ps
  same "where nothing runs" "0 ID  NAME  AGE  COMMAND  PROFILE" "$status $out"
  capture "$DEVBOX" ps --json
  same "as JSON" "[]" "$out"
  start main run -p box -- sh -c "$sleeps"
  capture "$DEVBOX" ps
  true_that "the line is as it should be: $out" \
    grep -qE "^$main +box +[0-9]+s +sh +~/.config/devbox/profiles/box.toml$" <<<"$out"
  same "the ids" "$main" "$("$DEVBOX" ps --quiet)"
  capture "$DEVBOX" ps --json
  holds "as JSON" "$out" "\"project\": \"$project\"" '"kept": false' "\"name\": \"box\""
  kill "$main"
  ended "$main"
}

run_checks "$@"
