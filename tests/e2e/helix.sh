#!/usr/bin/env bash
# Helix with the settings that are written for it, on a terminal of tmux's. It is Debian trixie's, the
# first that has one, with that suite's loader and libraries; it is fetched once, which needs the network.
. "$(dirname "$0")/lib.sh"
. "$tests/../apt.sh"
needs tmux clangd mmdebstrap

readonly trixie=$work/trixie
unpack_helix() {
  chmod 711 "$work"  # mmdebstrap's subordinate ids pass
  mkdir "$trixie"
  bootstrap trixie --variant=extract --include=hx 2>"$work/said" >"$work/trixie.tar" &&
    tar -C "$trixie" -xf "$work/trixie.tar" --exclude='./dev/*' || skip "there is no Helix: $(cat "$work/said")"
}
unpack_helix

# --- A terminal with Helix ---

terminal() { tmux -S "$here/tmux" -f /dev/null "$@"; }
screen() { terminal capture-pane -p; }
shows() { [[ "$(screen)" == *"$1"* ]]; }
shows_not() { ! shows "$1"; }
keys() { terminal send-keys "$@"; }

# helix FILE: its pid is in $helix.
helix() {
  local loader
  loader=$(echo "$trixie"/usr/lib/*/ld-linux*.so.*)
  export HELIX_RUNTIME=$trixie/usr/lib/hx/runtime
  PATH=$(dirname "$DEVBOX"):$PATH terminal new-session -d -x 100 -y 30 \
    "$loader" --library-path "${loader%/*}" "$trixie/usr/lib/hx/hx" "$1"
  helix=$(terminal display-message -p '#{pane_pid}')
}

# soon WHAT COMMAND…: within a minute, as a server has to start where others are at work.
soon() {
  local what=$1 i
  shift
  for ((i = 0; i < 600; i++)); do
    "$@" && return
    sleep 0.1
  done
  wrong "it never came true that $what; the screen:" "$(screen 2>&1)"
  return 1
}

# --- What it starts ---

# The first process of a box with the server, which Helix starts where it was started itself.
server() { processes_with "$PWD clangd clangd"; }
no_server() { [ -z "$(server)" ]; }
parent() { sed -n 's/^PPid:\t//p' "/proc/$1/status"; }

# It is Helix's only by the settings: without them it starts this host's clangd itself.
is_in_a_box_and_relayed() {
  local box devbox
  box=$(server)
  true_that "there is a box with the server" [ -n "$box" ] || return
  devbox=$(parent "$box")
  same "who started devbox" "$helix" "$(parent "$devbox")"
  true_that "its words are relayed" [ -n "$(processes_with "devbox-init relay $devbox ")" ]
}

wrong_program() {
  printf 'schema = 1\n[image]\nsource = "host"\n' >devbox.toml
  printf '#include <stdio.h>\nint main(void) {\n  printf("x");\n  return undeclared_name;\n}\n' >"$1"
  capture "$DEVBOX" editor helix --write
  same "the status of devbox editor" 0 "$status" || wrong "$err"
}

check_helix_shows_a_diagnostic_and_goes_to_a_definition_in_the_image() {
  wrong_program main.c
  helix main.c
  soon "a line is marked" shows "●   4 "
  is_in_a_box_and_relayed
  keys ]d
  soon "the diagnostic is shown" shows "Use of undeclared identifier 'undeclared_name'"
  keys xd
  soon "it goes as its line goes" shows_not "●"
  keys gg/printf Enter
  soon "printf is found" shows "3:8"
  keys gd
  soon "the header is shown" shows "/usr/include/stdio.h"
  soon "its line is shown" shows 'extern int printf (const char *__restrict __format, ...);'
  keys :q! Enter
  eventually "Helix ended" is_gone "$helix"
  eventually "no server is left" no_server
}

# The settings are those of the workspace, the nearest directory above with .helix or .git.
check_below_the_project_helix_has_its_settings_and_a_killed_one_leaves_no_server() {
  mkdir -p source/part
  wrong_program source/part/main.c
  cd source/part || exit 1
  helix main.c
  soon "a line is marked" shows "●   4 "
  is_in_a_box_and_relayed
  kill -KILL "$helix"
  eventually "no server is left" no_server
}

run_checks "$@"
