#!/usr/bin/env bash
# Kills, crowds, and hosts that lack or forbid something.
. "$(dirname "$0")/lib.sh"
needs python3 unshare

# without CALL… -- COMMAND…: the command under a filter that answers ENOSYS to the calls; of
# "userns", EPERM to clone and unshare with CLONE_NEWUSER, as in containers.
compile without <<'C'
#define _GNU_SOURCE
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOAD(what) \
  (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, what))
#define RETURN(what) (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, what)
#define IF_NOT(value, skip) (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skip)

int main(int argc, char** argv) {
  static const struct {
    const char* name;
    unsigned number;
  } calls[] = {{"clone3", 435}, {"openat2", 437}, {"mount_setattr", 442}, {"close_range", 436},
               {"faccessat2", 439}, {"open_tree", 428}, {"fsopen", 430}};
  struct sock_filter code[256];
  unsigned short n = 0;
  int i = 1;
  code[n++] = LOAD(nr);
  for (; i < argc && strcmp(argv[i], "--") != 0; ++i) {
    for (unsigned k = 0; k < sizeof calls / sizeof *calls; ++k) {
      if (strcmp(argv[i], calls[k].name) != 0) continue;
      code[n++] = IF_NOT(calls[k].number, 1);
      code[n++] = RETURN(SECCOMP_RET_ERRNO | ENOSYS);
    }
    if (strcmp(argv[i], "userns") != 0) continue;
    code[n++] = IF_NOT(435, 1);
    code[n++] = RETURN(SECCOMP_RET_ERRNO | ENOSYS);
    const unsigned both[] = {SYS_clone, SYS_unshare};
    for (int k = 0; k < 2; ++k) {
      code[n++] = IF_NOT(both[k], 4);
      code[n++] = LOAD(args[0]);
      code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x10000000, 0, 1);
      code[n++] = RETURN(SECCOMP_RET_ERRNO | EPERM);
      code[n++] = LOAD(nr);
    }
  }
  code[n++] = RETURN(SECCOMP_RET_ALLOW);
  struct sock_fprog program = {n, code};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
      syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0) {
    perror("seccomp");
    return 1;
  }
  execvp(argv[i + 1], argv + i + 1);
  perror(argv[i + 1]);
  return 1;
}
C

boxes_left() { ls -A "$XDG_RUNTIME_DIR/devbox/boxes" 2>&1; }
no_boxes_left() { [ -z "$(boxes_left)" ]; }
mounts_of_host() { cut -d' ' -f5- /proc/self/mountinfo | sort; }

# --- Kills and crowds ---

# Starts boxes and kills their launchers, most of them while they start.
kill_boxes() {
  local count=$1 mark=$2 i launcher
  for ((i = 0; i < count; i++)); do
    "$DEVBOX" run -p box -- sh -c 'sleep 1000; :' "$mark" >/dev/null 2>&1 </dev/null &
    launcher=$!
    [ $((RANDOM % 8)) = 0 ] || sleep "0.$(printf '%04d' $((RANDOM % 240)))"
    kill -KILL "$launcher" 2>/dev/null
    wait "$launcher" 2>/dev/null
  done
}

check_nothing_is_left_of_500_boxes_killed_at_any_moment_of_their_start() {
  local mark="devbox-e2e-$$-victim" before i workers=() busy=()
  before=$(mounts_of_host)
  profile box <<'TOML'
[mounts."/new/place"]
type = "tmpfs"
TOML
  for i in 1 2; do
    (while :; do :; done) &
    busy+=($!)
  done
  for i in 1 2 3 4; do
    RANDOM=$i kill_boxes 125 "$mark" &
    workers+=($!)
  done
  wait "${workers[@]}"
  kill "${busy[@]}"
  eventually "no process of any box lives" none_with "$mark"
  eventually "no entry of any box is left" no_boxes_left
  same "mounts of the host" "$before" "$(mounts_of_host)"
  run -- true
  same "a box after all that" "0 " "$status $err"
  same "entries after that" "" "$(boxes_left)"
}
check_nothing_is_left_when_pid_1_or_the_child_is_killed_during_the_start() {
  local mark="devbox-e2e-$$-child" i launcher child
  for ((i = 0; i < 60; i++)); do
    "$DEVBOX" run -p box -- sh -c 'sleep 1000; :' "$mark" >/dev/null 2>"$here/errors" </dev/null &
    launcher=$!
    child=
    for _ in {1..200}; do
      child=$(cat "/proc/$launcher/task/$launcher/children" 2>/dev/null)
      [ -n "$child" ] && break
    done
    sleep "0.$(printf '%04d' $((i * 3)))"
    [ -z "$child" ] || kill -KILL ${child% } 2>/dev/null
    ended "$launcher"
    [ "$status" = 137 ] || [ "$status" = 125 ] || wrong "a box whose pid 1 was killed ended with $status"
    [ -s "$here/errors" ] || wrong "nothing was said of a killed pid 1 (status $status)"
  done
  eventually "no process of any box lives" none_with "$mark"
  eventually "no entry of any box is left" no_boxes_left
}

# crowd COUNT: so many boxes, all up at once; then their launchers are killed.
crowd() {
  local count=$1 mark="devbox-e2e-$$-crowd-$1" launchers=() i
  : >"$here/up"
  : >"$here/errors"
  for ((i = 0; i < count; i++)); do
    "$DEVBOX" run -p box -- sh -c 'echo up; exec sleep 1000' "$mark" >>"$here/up" 2>>"$here/errors" </dev/null &
    launchers+=($!)
  done
  for ((i = 0; i < 1200; i++)); do
    [ "$(wc -l <"$here/up")" -ge "$count" ] && break
    sleep 0.05
  done
  same "boxes that are up" "$count" "$(wc -l <"$here/up")"
  same "what they said" "" "$(sort -u "$here/errors" | head -5)"
  same "entries" "$count" "$(ls "$XDG_RUNTIME_DIR/devbox/boxes" | wc -l)"
  kill -KILL "${launchers[@]}"
  wait
  eventually "no process of any box lives" none_with "$mark"
  eventually "no entry of any box is left" no_boxes_left
}
check_a_hundred_boxes_run_at_once_and_end_with_their_launchers() { crowd 100; }
check_a_thousand_boxes_run_at_once_and_end_with_their_launchers() { crowd 1000; }

check_boxes_that_end_by_themselves_at_once_leave_nothing() {
  local i
  for ((i = 0; i < 100; i++)); do "$DEVBOX" run -p box -- sh -c 'echo x' & done >"$here/said" 2>"$here/errors" </dev/null
  wait
  same "lines" 100 "$(wc -l <"$here/said")"
  same "errors" "" "$(cat "$here/errors")"
  same "entries" "" "$(boxes_left)"
}

# doctor_finds FINDING COMMAND…: among what `devbox doctor` says when COMMAND runs it.
doctor_finds() {
  local finding=$1
  shift
  capture "$@" "$DEVBOX" doctor --json
  holds "what doctor finds" "$(python3 -c '
import json, sys
for one in json.load(sys.stdin)["findings"]:
    print(one["name"], one["state"], one["found"], sep=": ")' <<<"$out")" "$finding"
}

# --- Kernels that lack calls ---

readonly all_calls="clone3 openat2 mount_setattr close_range faccessat2"

isolation_of() {
  capture "$@" "$DEVBOX" run -p many -- sh -c 'cut -d" " -f5,6 /proc/self/mountinfo
    grep -E "^(Cap|NoNewPrivs|Seccomp:)" /proc/self/status; ls -l /proc/self/fd | wc -l; ls -A secret
    (echo x >/usr/x) 2>&1; (echo x >/readable/x) 2>&1; (echo x >/dev/x) 2>&1; (echo x >/etc/x) 2>&1; ls /new'
  printf '%s\n%s\n%s\n' "$status" "$out" "$err" | sed "s/^sh: [0-9]*: //"
}

check_a_kernel_without_new_calls_gives_the_same_box() {
  mkdir "$here/readable" "$project/secret" && echo hidden >"$project/secret/file"
  profile many <<TOML
[mounts."/readable"]
source = "$here/readable"
[mounts."/new/place"]
type = "tmpfs"
size = "1MiB"
[mounts."$project/secret"]
type = "mask"
[mounts."/etc/some/file"]
type = "file"
content = "x"
# The first start merges them, and makes a file of what the later ones bind.
[integrations]
ca_certificates = false
TOML
  local expected calls
  expected=$(isolation_of)
  holds "the box to compare with" "$expected" "cannot create /readable/x: Read-only file system"
  for calls in $all_calls "$all_calls"; do
    same "without $calls" "$expected" "$(isolation_of "$helpers/without" $calls --)"
  done
  # With descriptors open that would have to be closed one by one.
  capture bash -c 'exec 5</ 7</ 300</; exec "$@"' bash "$helpers/without" $all_calls -- \
    "$DEVBOX" run -p many --cwd / -- sh -c 'echo /proc/self/fd/*'
  same "descriptors without close_range" "/proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 /proc/self/fd/3" "$out"
}

check_what_is_mounted_below_a_read_only_bind_is_read_only_too() {
  mkdir -p "$here/source/below/deeper"
  local calls
  for calls in "" mount_setattr "$all_calls"; do
    capture unshare -Urm bash -c '
      mount -t tmpfs none "$1/source/below" && mkdir "$1/source/below/deeper" &&
      mount -t tmpfs none "$1/source/below/deeper" && shift && exec "$@"' bash "$here" \
      ${calls:+"$helpers/without" $calls --} "$DEVBOX" run -p box --bind "$here/source:/source:ro" -- \
      sh -c 'for d in /source /source/below /source/below/deeper; do (echo x >$d/x) 2>&1; done; mount | grep -c " /source"'
    same "without \"$calls\"" "sh: 1: cannot create /source/x: Read-only file system
sh: 1: cannot create /source/below/x: Read-only file system
sh: 1: cannot create /source/below/deeper/x: Read-only file system
3" "$out"
    same "without \"$calls\": standard error" "" "$err"
  done
}

# By its version, at which a plan has mirrors in place of overlays, and without the call.
check_a_kernel_as_old_as_debian_11s_binds_all_of_the_host_and_over_etc() {
  needs setarch
  on_5_10() { capture setarch --uname-2.6 "$helpers/without" mount_setattr -- "$DEVBOX" run -p box "$@"; }
  on_5_10 --bind /:/host:ro -- sh -c 'ls -A /host; (echo x >/host/tmp/x) 2>&1; (echo x >/host/dev/shm/x) 2>&1'
  same "the whole host" "$(ls -A /)
sh: 1: cannot create /host/tmp/x: Read-only file system
sh: 1: cannot create /host/dev/shm/x: Read-only file system" "$out$err"
  mkdir etc && echo mine | tee etc/mine >hosts
  on_5_10 --bind "$project/etc:/etc:ro" -- ls -A /etc
  same "/etc" mine "$out$err"
  on_5_10 --bind "$project/hosts:/etc/hosts:ro" -- cat /etc/hosts
  same "a file that is generated there" mine "$out$err"
}

check_without_the_calls_that_mount_the_message_names_the_kernel() {
  refuses 125 "devbox: cannot mount a tmpfs on the box: Function not implemented
  hint: devbox needs Linux 5.2 or later, or a system call filter that allows fsopen" \
    "$helpers/without" fsopen -- "$DEVBOX" run -p box -- true
  doctor_finds "mounts: broken: cannot mount a tmpfs on a box: Function not implemented" "$helpers/without" fsopen --
}

check_a_kernel_without_new_calls_is_said_to_lack_them() {
  doctor_finds "newer calls: missing: there is no openat2, mount_setattr" "$helpers/without" openat2 mount_setattr --
}

# --- Hosts that forbid ---

check_a_filter_that_forbids_user_namespaces_is_named() {
  refuses 125 "devbox: cannot make the namespaces of the box: a system call filter around this process, as containers have one, forbids user namespaces
  hint: start the container with \`--security-opt seccomp=unconfined\`, or with a filter that allows clone, unshare and mount" \
    "$helpers/without" userns -- "$DEVBOX" run -p box -- true
  doctor_finds "user namespaces: broken: a system call filter around this process, as containers have one, forbids user namespaces" \
    "$helpers/without" userns --
  same "entries" "" "$(boxes_left)"
}

check_each_limit_on_namespaces_is_named() {
  local kind options
  for kind in user mnt pid ipc uts cgroup net; do
    options=
    [ "$kind" != net ] || options="--network none"
    refuses 125 "devbox: cannot make the namespaces of the box: this host forbids $kind namespaces (user.max_${kind}_namespaces = 0)
  hint: \`sudo sysctl -w user.max_${kind}_namespaces=10000\` allows them until the next boot; a line in /etc/sysctl.d keeps it" \
      unshare -Ur bash -c 'echo 0 >/proc/sys/user/max_$0_namespaces && exec "$@"' "$kind" \
      "$DEVBOX" run -p box $options -- true
  done
}

check_a_limit_that_is_used_up_is_named_too() {
  refuses 125 "devbox: cannot make the namespaces of the box: a limit on namespaces is reached (one of user.max_*_namespaces), or user namespaces are nested 32 deep
  hint: \`sysctl -a | grep max_.*_namespaces\` shows the limits; each box that runs takes one of each" \
    unshare -Ur bash -c 'echo 1 >/proc/sys/user/max_mnt_namespaces && exec unshare -m "$@"' bash \
    "$DEVBOX" run -p box -- true
}

check_a_covered_proc_is_refused_with_the_fix() {
  local place
  for place in /proc/sys /proc/irq /proc/tty; do
    refuses 125 "devbox: cannot mount a fresh /proc on /proc: Operation not permitted
  hint: a fresh /proc is refused where the outer one is partly covered, as in most containers; start the container with \`--security-opt systempaths=unconfined\` (docker) or \`--security-opt unmask=ALL\` (podman)" \
      unshare -Urm --pid --fork --mount-proc bash -c 'mount -t tmpfs -o ro none "$0" && exec "$@"' "$place" \
      "$DEVBOX" run -p box -- true
  done
  same "entries" "" "$(boxes_left)"
}

check_a_host_that_hides_other_processes_runs_boxes() {
  # Without capabilities where /proc is mounted, as an ordinary user has none: or it would hide nothing.
  hidden() {
    capture unshare -Urm --pid --fork bash -c 'mount -t proc -o hidepid=2 proc /proc || exit 1
      sleep 100 & user=$1; shift; exec unshare -U --map-user="$user" --map-group="$user" "$@"' bash "$(id -u)" "$@"
  }
  hidden sh -c 'cat /proc/[0-9]*/comm'
  lacks "what can be seen there" "$out" sleep
  local map
  for map in self root; do
    hidden "$DEVBOX" run -p box --map "$map" -- sh -c 'cat /proc/[0-9]*/comm; exit 3'
    same "--map $map: what can be seen in a box there" "3 devbox-init sh" "$status $(xargs <<<"$out")$err"
  done
  hidden bash -c '"$@" & sleep 0.5; kill -TERM $!; wait $!; echo $?' bash "$DEVBOX" run -p box -- sleep 10
  same "a signal to it" "143" "$out$err"
  same "entries" "" "$(boxes_left)"
}

# A PATH with the named programs alone.
path_of() {
  local program
  mkdir -p "$here/path"
  for program in "$@"; do ln -s "$(command -v "$program")" "$here/path/"; done
}

check_absent_newuidmap_is_named() {
  [ -e /etc/debian_version ] || skip "the package of newuidmap has another name here"
  local install="sudo apt-get install -y uidmap"
  grep -q "^$(id -un):" /etc/subuid || skip "$(id -un) has no subordinate ids"
  path_of getent $(command -v getsubids >/dev/null && echo getsubids)
  refuses 125 "devbox: cannot map subordinate ids: newuidmap is not installed
  hint: \`$install\` installs it; \`ids.map = \"self\"\` needs none" \
    env PATH="$here/path" "$DEVBOX" run -p box --map subids -- true
  ln -s "$(command -v newuidmap)" "$here/path/"
  refuses 125 "devbox: cannot map subordinate ids: newgidmap is not installed
  hint: \`$install\` installs it; \`ids.map = \"self\"\` needs none" \
    env PATH="$here/path" "$DEVBOX" run -p box --map subids -- true
  same "entries" "" "$(boxes_left)"
}

check_a_newuidmap_that_is_not_setuid_is_named() {
  [ -e /etc/debian_version ] || skip "the package of newuidmap has another name here"
  grep -q "^$(id -un):" /etc/subuid || skip "$(id -un) has no subordinate ids"
  path_of getent newgidmap $(command -v getsubids >/dev/null && echo getsubids)
  cp "$(command -v newuidmap)" "$here/path/newuidmap"
  capture env PATH="$here/path" "$DEVBOX" run -p box --map subids -- true
  same "status" 125 "$status"
  holds "the message" "$err" "devbox: cannot map subordinate ids: $here/path/newuidmap is neither setuid root nor has it file capabilities
  hint: \`sudo apt-get install -y --reinstall uidmap\` puts it back as it was; "
}

# --- The runtime directory ---

check_a_box_runs_without_a_runtime_directory() {
  unset XDG_RUNTIME_DIR
  run -- true
  same "status and error" "0 " "$status $err"
  same "the mode of the one that it makes" "700" "$(stat -c %a "/tmp/devbox-$(id -u)")"
  XDG_RUNTIME_DIR=$here/missing run -- true
  same "with one that is not there: status and error" "0 " "$status $err"
  XDG_RUNTIME_DIR=relative run -- true
  same "with one that is not absolute: status and error" "0 " "$status $err"
  true_that "nothing was made there" [ ! -e "$here/missing" ]
}

not_yours_alone() {
  refuses 125 "devbox: cannot use $1 as the runtime directory: it is not a directory that is yours alone
  hint: remove it, or set XDG_RUNTIME_DIR to a directory of yours with mode 0700" \
    "$DEVBOX" run -p box -- true
}

check_a_runtime_directory_that_others_may_change_is_refused() {
  local own=$XDG_RUNTIME_DIR/devbox
  mkdir -m 700 "$here/elsewhere" && ln -s "$here/elsewhere" "$own"
  not_yours_alone "$own"
  rm "$own" && mkdir "$own" && chmod 777 "$own"
  not_yours_alone "$own"
  chmod 770 "$own"
  not_yours_alone "$own"
  chmod 700 "$own" && ln -s "$here/elsewhere" "$own/boxes"
  not_yours_alone "$own/boxes"
  rm "$own/boxes" && mkdir "$own/boxes" && chmod 777 "$own/boxes"
  not_yours_alone "$own/boxes"
  rmdir "$own/boxes" && : >"$own/boxes"
  not_yours_alone "$own/boxes"
  rm "$own/boxes" && rmdir "$own" && : >"$own"
  not_yours_alone "$own"
  same "what was put elsewhere" "" "$(ls -A "$here/elsewhere")"
}

check_a_runtime_directory_of_somebody_else_is_refused() {
  local own=$XDG_RUNTIME_DIR/devbox
  as_others() { unshare --map-auto --map-root-user "$@" 2>/dev/null; }
  as_others true || skip "unshare cannot map subordinate ids here"
  mkdir "$own" && chmod 711 "$own" && as_others chown 1:1 "$own"
  not_yours_alone "$own"
  as_others chown 0:0 "$own"
  mkdir "$own/boxes" && as_others chown 1:1 "$own/boxes"
  not_yours_alone "$own/boxes"
  as_others chown 0:0 "$own/boxes"
}

check_a_full_runtime_directory_is_named() {
  capture unshare -Urm bash -c 'mount -t tmpfs -o size=4k,nr_inodes=4 none "$XDG_RUNTIME_DIR" && chmod 700 "$XDG_RUNTIME_DIR" &&
    mkdir -m 700 -p "$XDG_RUNTIME_DIR/devbox" "$XDG_RUNTIME_DIR/devbox/boxes" && : >"$XDG_RUNTIME_DIR/last"; exec "$@"' bash \
    "$DEVBOX" run -p box -- true
  same "the message" "devbox: cannot make the box's entry in $XDG_RUNTIME_DIR/devbox/boxes: No space left on device
  hint: the file system of the runtime directory is full; free some space there" "$err"
  same "status" 125 "$status"
}

run_checks "$@"
