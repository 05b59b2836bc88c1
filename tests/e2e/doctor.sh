#!/usr/bin/env bash
# `devbox doctor` on this host as it is, and with one thing at a time taken away from it: in each case
# what doctor says is the hint of the start that fails, and its status is whether that start succeeds.
. "$(dirname "$0")/lib.sh"
needs unshare python3

# doctor ARGUMENT…: captured.
doctor() { capture "$DEVBOX" doctor "$@"; }

# field NAME KEY: of the finding of that name in the JSON of $out; lists one a line.
field() {
  python3 -c '
import json, sys
for one in json.load(sys.stdin)["findings"]:
    if one["name"] == sys.argv[1]:
        value = one[sys.argv[2]]
        print("\n".join(value) if isinstance(value, list) else value)
' "$1" "$2" <<<"$out"
}

# finds NAME STATE: in the JSON of $out.
finds() { same "the state of $1" "$2" "$(field "$1" state)"; }

# in_namespace SETUP COMMAND…: as root of a user namespace with mounts of its own, after SETUP.
in_namespace() {
  local setup=$1
  shift
  capture unshare -Urm bash -c "$setup"' && exec "$@"' bash "$@"
}

# both SETUP NAME STATUS: under SETUP, `doctor` ends with STATUS, and `run` with that of the command or
# 125; and where it fails its hint holds what doctor says.
both() {
  local setup=$1 name=$2 expected=$3 found fix
  in_namespace "$setup" "$DEVBOX" doctor --json
  same "the status of doctor after: $setup" "$expected" "$status"
  same "its standard error" "" "$err"
  found=$(field "$name" found)
  fix=$(field "$name" fix)
  in_namespace "$setup" "$DEVBOX" run -p box -- true
  if [ "$expected" = 0 ]; then
    same "the status of run after: $setup" 0 "$status"
  else
    same "the status of run after: $setup" 125 "$status"
    holds "its hint is doctor's" "$err" "hint: $fix"
  fi
  true_that "doctor says why" [ -n "$found" ]
}

check_a_host_that_runs_boxes_is_said_to() {
  run -- true
  same "a box" "0 " "$status $err"
  doctor
  same "the status of doctor" "0 " "$status $err"
  holds "what it says" "$out" "
\`devbox enter\` works here."
  local name
  for name in "user namespaces" mounts /proc root "system call filter"; do
    holds "the line of $name" "$out" "  ok       $name "
  done
}

check_its_text_fits_eighty_columns_but_for_commands_and_long_paths() {
  export XDG_STATE_HOME=/tmp/s XDG_DATA_HOME=/tmp/d XDG_RUNTIME_DIR=/tmp LANG=xx_XX.UTF-8 TERM=unheard-of
  doctor
  same "lines that are too long" "" "$(grep -vE '^ {13}|bin/devbox' <<<"$out" | LC_ALL=C.UTF-8 awk 'length > 80')"
  lacks "what it says, not to a terminal" "$out" $'\e'
}

check_json_is_json_and_says_the_same() {
  doctor
  local text=$out
  doctor --json
  same "status" 0 "$status"
  same "whether it works" True "$(python3 -c 'import json, sys; print(json.load(sys.stdin)["works"])' <<<"$out")"
  same "lines that are ok" "$(grep -c '^  ok ' <<<"$text")" "$(grep -c '"state": "ok"' <<<"$out")"
}

check_a_wrong_use_has_status_2() {
  doctor --json --fix-script
  same "the status of two kinds of output" 2 "$status"
  doctor -- true
  same "the status of a command" 2 "$status"
  doctor --no-such-option
  same "the status of an unknown option" 2 "$status"
}

check_a_full_standard_output_is_a_failure() {
  status=0
  "$DEVBOX" doctor >/dev/full 2>"$here/errors" || status=$?
  same "status" 1 "$status"
  holds "the message" "$(cat "$here/errors")" "cannot write to standard output"
}

check_nothing_is_made_or_left() {
  rm -rf "$XDG_RUNTIME_DIR/devbox" "$HOME/.local"
  local before
  before=$(cut -d' ' -f5- /proc/self/mountinfo | sort)
  doctor
  same "in the runtime directory" "" "$(ls -A "$XDG_RUNTIME_DIR")"
  true_that "there is no state" [ ! -e "$HOME/.local" ]
  same "mounts" "$before" "$(cut -d' ' -f5- /proc/self/mountinfo | sort)"
}

check_each_limit_on_namespaces_is_found() {
  local kind
  for kind in user mnt pid ipc uts cgroup; do
    both "echo 0 >/proc/sys/user/max_${kind}_namespaces" "$kind namespaces" 1
    in_namespace "echo 0 >/proc/sys/user/max_${kind}_namespaces" "$DEVBOX" doctor --json
    same "the cause" "this host forbids $kind namespaces (user.max_${kind}_namespaces = 0)" \
      "$(field "$kind namespaces" found)"
    same "the command" "sudo sysctl -w user.max_${kind}_namespaces=10000" \
      "$(field "$kind namespaces" commands | head -1)"
  done
  both "echo 0 >/proc/sys/user/max_net_namespaces" "net namespaces" 0
  same "the state of the network" missing "$(
    in_namespace "echo 0 >/proc/sys/user/max_net_namespaces" "$DEVBOX" doctor --json
    field "net namespaces" state
  )"
}

check_a_limit_that_its_command_lifts_is_lifted() {
  in_namespace 'echo 0 >/proc/sys/user/max_pid_namespaces' bash -c '
    "$DEVBOX" doctor --fix-script >fix.sh
    grep -v "^sudo apt\|^sudo usermod\|tee" fix.sh >mine.sh
    sysctl() { echo "${2#*=}" >"/proc/sys/$(tr . / <<<"${2%%=*}")"; }
    export -f sysctl
    bash -c ". ./mine.sh" && exec "$DEVBOX" run -p box -- echo entered'
  same "after the fix" "0 entered" "$status $out"
}

check_a_covered_proc_is_found_with_what_covers_it() {
  capture unshare -Urm --pid --fork --mount-proc bash -c \
    'mount -t tmpfs -o ro none /proc/irq && exec "$@"' bash "$DEVBOX" doctor --json
  same "status" 1 "$status"
  finds /proc broken
  same "the cause" "cannot mount a fresh /proc on /proc: Operation not permitted; covered here: /proc/irq" \
    "$(field /proc found)"
  holds "the fix" "$(field /proc fix)" "systempaths=unconfined"
}

check_a_chroot_is_found() {
  needs /usr/sbin/chroot
  local root=$here/root part
  mkdir "$root"
  for part in proc usr lib lib64 etc "${here#/}" "$(dirname "${DEVBOX#/}")"; do mkdir -p "$root/$part"; done
  capture unshare -Urm bash -c '
    root=$1; shift
    for part in proc usr lib lib64 etc "${DEVBOX%/*}"; do
      [ ! -d "/$part" ] || mount --rbind "/$part" "$root/$part" || exit 9
    done
    exec /usr/sbin/chroot "$root" /usr/bin/env HOME=/ "$@"' bash "$root" "$DEVBOX" doctor --json
  same "status" 1 "$status"
  finds "user namespaces" broken
  same "the cause" "this process runs in a chroot, where nobody may make a user namespace (clone(2), EPERM)" \
    "$(field "user namespaces" found)"
}

check_a_home_that_is_noexec_nosuid_or_full_is_found() {
  in_namespace 'mount -t tmpfs -o noexec,nosuid,size=64m none "$HOME"' "$DEVBOX" doctor --json
  same "status of noexec" 0 "$status"
  finds "private homes" broken
  same "what noexec touches" home_programs "$(field "private homes" feature)"
  in_namespace 'mount -t tmpfs -o size=200k none "$HOME"' "$DEVBOX" doctor --json
  same "status of a full one" 1 "$status"
  holds "the cause" "$(field "private homes" found)" "No space left on device"
  in_namespace 'mount -t tmpfs -o size=64m,nr_inodes=5 none "$HOME"' "$DEVBOX" doctor --json
  same "status without inodes" 1 "$status"
  holds "the cause" "$(field "private homes" found)" "no inodes are left"
  in_namespace 'mount -t tmpfs -o ro none "$HOME"' "$DEVBOX" doctor --json
  same "status of a read-only one" 1 "$status"
  holds "the cause" "$(field "private homes" found)" "Read-only file system"
}

check_a_runtime_directory_that_others_may_change_is_found() {
  mkdir -m 777 "$XDG_RUNTIME_DIR/devbox" && chmod 777 "$XDG_RUNTIME_DIR/devbox"
  doctor --json
  same "status" 1 "$status"
  finds "running boxes" broken
  same "what no command mends is in no script" "" "$(field "running boxes" commands)"
  local fix
  fix=$(field "running boxes" fix)
  run -- true
  same "the status of run" 125 "$status"
  holds "the hint of run" "$err" "hint: $fix"
}

check_a_directory_in_a_name_that_could_be_a_command_is_quoted() {
  export XDG_STATE_HOME="$here/\$(touch $here/run-by-mistake) it's"
  mkdir -p -m 777 "$XDG_STATE_HOME/devbox" && chmod 777 "$XDG_STATE_HOME/devbox"
  doctor --fix-script
  same "status" 1 "$status"
  grep '^chmod ' <<<"$out" >"$here/fix.sh"
  sh "$here/fix.sh"
  same "its mode after the fix" 755 "$(stat -c %a "$XDG_STATE_HOME/devbox")"
  true_that "nothing else was run" [ ! -e "$here/run-by-mistake" ]
  doctor
  same "status after the fix" 0 "$status"
}

check_no_new_privs_is_in_the_way_of_newuidmap() {
  needs setpriv newuidmap
  capture setpriv --no-new-privs "$DEVBOX" doctor --json
  same "status" 0 "$status"
  finds newuidmap broken
  holds "the cause" "$(field newuidmap found)" "no_new_privs is set"
}

check_programs_that_are_not_there_are_missing() {
  capture env PATH=/nonexistent "$DEVBOX" doctor --json
  same "status" 0 "$status"
  local program
  for program in newuidmap newgidmap getent getsubids mmdebstrap; do finds "$program" missing; done
}

check_subordinate_ids_are_as_the_user_has_them() {
  doctor --json
  if grep -q "^$(id -un):" /etc/subuid; then
    finds newuidmap ok
    finds ranges ok
  else
    finds ranges missing
    holds "the fix" "$(field ranges commands)" "$(id -un)"
    local fix
    fix=$(field ranges fix)
    run --map subids -- true
    same "the status of run" 125 "$status"
    holds "its message has the fix" "$err" "$fix"
  fi
}

check_a_terminal_that_the_host_does_not_know_is_missing() {
  TERM=unheard-of doctor --json
  same "status" 0 "$status"
  finds terminal missing
  LC_ALL= LANG=xx_XX.UTF-8 doctor --json
  finds language missing
}

check_a_profile_narrows_it_to_its_needs() {
  doctor -p box
  same "status" 0 "$status"
  holds "its profile" "$out" "$profiles/box.toml"
  lacks "what it does not need" "$out" newuidmap
  lacks "what it does not need" "$out" mmdebstrap
  profile quiet <<'TOML'
[network]
mode = "none"
TOML
  doctor quiet
  holds "a network of its own is needed" "$out" "  ok       network "
  in_namespace 'echo 0 >/proc/sys/user/max_net_namespaces' "$DEVBOX" doctor -p box
  same "without net namespaces, the plain one" 0 "$status"
  in_namespace 'echo 0 >/proc/sys/user/max_net_namespaces' "$DEVBOX" doctor -p quiet
  same "without net namespaces, this one" 1 "$status"
}

check_a_profile_that_needs_ids_is_told_without_newuidmap() {
  profile mapped <<'TOML'
[ids]
map = "subids"
TOML
  capture env PATH=/nonexistent "$DEVBOX" doctor -p mapped
  same "status" 1 "$status"
  capture "$DEVBOX" doctor -p mapped
  grep -q "^$(id -un):" /etc/subuid && same "status with it" 0 "$status"
  grep -q "^$(id -un):" /etc/subuid || same "status without ranges" 1 "$status"
}

check_a_profile_that_is_not_trusted_or_not_there_is_said() {
  printf 'schema = 1\n[image]\nsource = "rootfs:%s"\n' "$tree" >devbox.toml
  doctor ./devbox.toml
  same "status" 1 "$status"
  holds "why" "$out" "is not trusted"
  holds "what to do" "$(tr -s ' \n' ' ' <<<"$out")" "devbox profile trust"
  doctor -p no-such-profile
  same "the status of one that is not there" 1 "$status"
  same "its output" "" "$out"
}

check_a_script_is_one_for_sh() {
  capture env PATH=/nonexistent LANG=xx_XX.UTF-8 TERM=unheard-of "$DEVBOX" doctor --fix-script
  same "standard error" "" "$err"
  holds "its first line" "$out" "#!/bin/sh
# "
  true_that "sh reads it" sh -n <<<"$out"
  same "commands that are there twice" "" "$(grep -v '^#\|^$' <<<"$out" | sort | uniq -d)"
}

run_checks "$@"
