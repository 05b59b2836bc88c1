#!/usr/bin/env bash
# Emacs with the settings that it is given, as they are printed: TRAMP in a running box, and eglot.
. "$(dirname "$0")/lib.sh"
needs emacs clangd

# A box "box" that sleeps, after SCRIPT; its pid is in $main.
start_box() {
  PATH=$(dirname "$DEVBOX"):$PATH
  : >"$here/up"
  : >"$here/up.err"
  devbox run "${@:2}" -- sh -c "$1; echo up; sleep 1000" >"$here/up" 2>"$here/up.err" </dev/null &
  main=$!
  eventually "the box came up: $(cat "$here/up.err")" grep -q up "$here/up"
  BOX=$(devbox ps --quiet)
  export BOX
}
# But for the first one, no command is in the box.
no_command_joined() {
  local pid
  for pid in $(processes_with " $BOX."); do
    [[ "$(tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline")" != "devbox-init join "* ]] || return
  done
}
stop_box() {
  kill "$main"
  ended "$main"
}

# emacs_does FUNCTION [ARGUMENT]: one of emacs.el's; captured. A minute is far more than it needs.
emacs_does() {
  capture emacs --batch --load "$here/printed.el" --load "$tests/emacs.el" --eval "($1 ${2:+\"$2\"})"
  same "the status of $1" 0 "$status" || wrong "$err"
}

check_a_file_of_the_box_alone_is_edited() {
  start_box 'printf "eins\n" >/tmp/there' -p box
  devbox editor emacs -p box >"$here/printed.el"
  emacs_does edits-a-file
  same "what Emacs saw" $'was: "eins\n"\nmodified: nil' "$out"
  same "the file in the box" "$(printf 'eins\nzwei — ä\n' | sha256sum)" \
    "$(devbox exec box -- cat /tmp/there | sha256sum)"
  true_that "it is not the host's" [ ! -e /tmp/there ]
  eventually "no shell is left" no_command_joined
  stop_box
}

check_bytes_come_back_as_they_went() {
  start_box true -p box
  devbox editor emacs -p box >"$here/printed.el"
  head -c 300000 /dev/urandom >"$here/bytes"
  BYTES=$here/bytes emacs_does copies-bytes
  true_that "they came back" cmp "$here/bytes" "$here/bytes.back"
  same "the file in the box" "$(sha256sum <"$here/bytes")" "$(devbox exec box -- sh -c 'sha256sum </tmp/bytes')"
  stop_box
}

check_directories_are_listed_and_programs_are_run_in_the_box() {
  start_box 'mkdir /tmp/directory; cd /tmp/directory; touch one other two' -p box
  devbox editor emacs -p box >"$here/printed.el"
  emacs_does lists-a-directory
  same "the directory" $'names: ("." ".." "one" "other" "two")\ncompleted: ("one" "other")\nis there: t nil' "$out"
  emacs_does runs-programs
  same "the programs" 'status: 7
process-file: "box
devbox-init
"
shell-command: "/tmp
not a tty
dumb
"
pty: "box"
pipe: "/tmp
box"' "$out"
  emacs_does runs-programs-directly
  same "a program that is run directly" 'directly: "/tmp
box
a  b"' "$out"
  stop_box
}

check_boxes_are_completed_and_a_box_that_is_not_there_is_said() {
  start_box true -p box
  devbox editor emacs -p box >"$here/printed.el"
  emacs_does completes-boxes
  same "the names" "boxes: (\"$BOX:\")"$'\n'"from a box: (\"$BOX:\")" "$out"
  emacs_does says-what-devbox-says
  holds "what is said" "$out" "error: Tramp failed to connect" \
    $'\ndevbox: no box that runs is nothing-of-that-name'
  stop_box
}

printf_wrong_program() { printf '#include <stdio.h>\nint main(void) {\n  return undeclared_name;\n}\n'; }

check_eglot_shows_a_diagnostic_of_a_server_in_the_box() {
  PATH=$(dirname "$DEVBOX"):$PATH
  printf 'schema = 1\n[image]\nsource = "host"\n' >devbox.toml
  printf_wrong_program >main.c
  devbox editor emacs >"$here/printed.el"
  emacs_does diagnoses main.c
  holds "what eglot saw" "$out" 'server: ("devbox" "run" "--lsp" "--" "clangd")' \
    "diagnostic: 3 " "Use of undeclared identifier 'undeclared_name'"
  eventually "no server is left" none_with "$project clangd clangd"
  : >"$here/printed.el"
  devbox editor emacs --write 2>/dev/null
  emacs_does diagnoses main.c
  holds "what it saw with .dir-locals-2.el" "$out" 'server: ("devbox" "run" "--lsp" "--" "clangd")' "diagnostic: 3 "
}

# Where the file is one of the box, the server is started there, as any program of the box is.
check_eglot_starts_the_server_of_a_file_in_a_running_box_there() {
  printf 'schema = 1\n[image]\nsource = "host"\n' >devbox.toml
  printf_wrong_program >main.c
  start_box true
  devbox editor emacs >"$here/printed.el"
  emacs_does diagnoses "/devbox:$BOX:$project/main.c"
  holds "what eglot saw" "$out" "diagnostic: 3 " "Use of undeclared identifier 'undeclared_name'"
  stop_box
}

run_checks "$@"
