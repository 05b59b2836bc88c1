#!/usr/bin/env bash
# Programs of the host that run in a box, and shells that find them.
. "$(dirname "$0")/lib.sh"
needs python3

# in_project [LINE…]: a devbox.toml with these in [editor].
in_project() {
  { printf 'schema = 1\n[image]\nsource = "rootfs:%s"\n[editor]\n' "$tree" && printf '%s\n' "$@"; } >devbox.toml
  "$DEVBOX" profile trust >/dev/null
}

shims_of() { "$DEVBOX" shims "$@" 2>/dev/null; }
shim() { "$DEVBOX" shims 2>/dev/null | grep "/$1\$"; }

check_a_shim_runs_its_command_in_the_box() {
  in_project 'shims = ["cat", "sh", "gcc"]'
  capture "$DEVBOX" shims
  same "status" 0 "$status"
  same "the commands" "cat gcc sh" "$(basename -a $out | xargs)"
  same "where they are" 1 "$(dirname $out | sort -u | wc -l)"
  holds "where they are" "$out" "$HOME/.local/state/devbox/shims/project-"
  capture "$(shim sh)" -c 'echo "$container $PWD"; echo error >&2; exit 7'
  same "its output" "devbox $project" "$out"
  same "its standard error" error "$err"
  same "its status" 7 "$status"
  same "what goes through" "a b" "$(printf 'a b' | "$(shim cat)")"
  same "a path with a space" "x" "$(mkdir -p "a b" && echo x >"a b/c d" && "$(shim cat)" "a b/c d")"
  if [ -x "$tree/usr/bin/gcc" ]; then
    same "the tree's compiler" "$("$DEVBOX" run -- gcc --version)" "$("$(shim gcc)" --version)"
  fi
}

check_the_profile_is_that_of_the_working_directory_else_the_recorded_one() {
  in_project 'shims = ["printenv"]' '[env.set]' 'WHICH = "first"'
  local first
  first=$(shim printenv)
  mkdir -p "$here/second/below"
  cd "$here/second" || return
  in_project 'shims = []' '[env.set]' 'WHICH = "second"'
  same "in another project" second "$("$first" WHICH)"
  cd below && same "below it" second "$("$first" WHICH)"
  cd "$project" && same "in its own" first "$("$first" WHICH)"
  cd / && same "where there is none" first "$("$first" WHICH)"
}

check_a_changed_profile_changes_the_shims_and_nothing_else() {
  in_project 'shims = ["cat", "ls"]'
  local directory
  directory=$(dirname "$(shim cat)")
  echo mine >"$directory/mine"
  in_project 'shims = ["cat", "env"]'
  capture "$DEVBOX" shims
  holds "what is said" "$err" "removed $directory/ls"
  same "what is there" "cat env mine" "$(ls "$directory" | xargs)"
  in_project 'shims = ["env"]'
  "$DEVBOX" enter </dev/null >/dev/null 2>&1
  same "after an enter" "env mine" "$(ls "$directory" | xargs)"
  in_project 'shims = ["env", "head"]'
  "$DEVBOX" shellenv >/dev/null
  same "after shellenv" "env head mine" "$(ls "$directory" | xargs)"
  in_project
  capture "$DEVBOX" shims
  same "what is left" "mine" "$(ls "$directory")"
  holds "what is said without any" "$err" "names no commands in \`editor.shims\`"
}

check_what_devbox_has_not_written_is_left_alone() {
  in_project 'shims = ["cat", "ls"]'
  mkdir own
  printf '#!/bin/sh\necho mine\n' >own/cat
  ln -s /bin/ls own/ls
  capture "$DEVBOX" shims --dir own
  same "status" 1 "$status"
  holds "what is said" "$err" "$project/own/cat is no shim of devbox's, and is left alone"
  same "the file" "mine" "$(sh own/cat)"
  same "the link" /bin/ls "$(readlink own/ls)"
}

check_a_directory_may_have_the_shims_of_several_profiles() {
  in_project 'shims = ["cat", "ls"]'
  shims_of --dir "$here/bin" >/dev/null
  mkdir "$here/second" && cd "$here/second" || return
  in_project 'shims = ["ls", "env"]'
  shims_of --dir "$here/bin" >/dev/null
  same "both" "cat env ls" "$(ls "$here/bin" | xargs)"
  in_project 'shims = []'
  shims_of --dir "$here/bin"
  same "without the second's" cat "$(ls "$here/bin")"
}

check_a_directory_in_the_project_is_warned_of() {
  in_project 'shims = ["cat"]'
  capture "$DEVBOX" shims --dir bin
  same "status" 0 "$status"
  holds "what is said" "$err" "$project/bin is in the project: what runs in the box can change these programs"
}

check_a_command_that_the_box_does_not_have_is_127() {
  in_project 'shims = ["no-such-program"]'
  refuses 127 'devbox: cannot run `no-such-program`: there is no such program in the box
  hint: its image does not have it on the PATH that `devbox plan` shows' "$(shim no-such-program)" --version
}

check_a_profile_that_is_gone_is_said() {
  in_project 'shims = ["cat"]'
  local cat
  cat=$(shim cat)
  rm devbox.toml
  capture "$cat" x
  same "status" 125 "$status"
  holds "what is said" "$err" "$project/devbox.toml"
}

check_a_file_that_the_box_does_not_show_is_named() {
  in_project 'shims = ["cat"]'
  echo outside >"$here/outside" && echo inside >inside
  capture "$(shim cat)" inside "$here/outside"
  same "status" 1 "$status"
  holds "what is said" "$err" "devbox: the box does not show $here/outside; \`[mounts]\` in $project/devbox.toml can" \
    "cat: $here/outside: No such file or directory"
  capture "$(shim cat)" inside /etc/passwd
  same "what is said of what it shows" "" "$err"
}

# Else one would start a box in a box, in a box.
check_a_shim_in_a_box_is_the_box_s_own_program() {
  in_project 'shims = ["cat", "nowhere"]'
  local bin=$project/bin
  shims_of --dir bin >/dev/null
  printf '[env]\npath.prepend = ["%s"]\n[mounts."%s"]\nsource = "%s"\n' "$bin" "$(dirname "$(dirname "$DEVBOX")")" \
    "$(dirname "$(dirname "$DEVBOX")")" >>devbox.toml
  "$DEVBOX" profile trust >/dev/null
  echo text >file
  capture "$DEVBOX" run -- sh -c 'command -v cat; cat file'
  same "status" 0 "$status"
  same "what is found, and runs" "$(printf '%s\ntext' "$bin/cat")" "$out"
  capture "$DEVBOX" run -- nowhere
  same "the status of one that is not there" 127 "$status"
  holds "what is said" "$err" "the box has nothing but devbox's shim of it on its PATH"
}

check_a_language_server_s_shim_speaks_as_run_lsp_does() {
  in_project 'shims = ["cat", "tee"]' 'language_servers = ["cat"]'
  local content='{"method":"initialize","params":{"processId":12345}}'
  local message="Content-Length: ${#content}"$'\r\n\r\n'$content
  same "of a server" null "$(printf %s "$message" | "$(shim cat)" | sed -n 's/.*processId"://p' | tr -d '}')"
  same "of another" 12345 "$(printf %s "$message" | "$(shim tee)" | sed -n 's/.*processId"://p' | tr -d '}')"
}

check_a_program_with_a_space_in_its_path_has_shims_too() {
  local prefix="$here/a prefix" source
  source=$(dirname "$DEVBOX")
  mkdir -p "$prefix/bin"
  cp "$source"/devbox "$source"/devbox-* "$prefix/bin/" 2>/dev/null
  in_project 'shims = ["sh"]'
  local sh
  sh=$("$prefix/bin/devbox" shims 2>/dev/null)
  same "its first line" '#!/bin/sh' "$(head -1 "$sh")"
  capture "$sh" -c 'echo "$container $#"' x 'a b' c
  same "its output" "devbox 2" "$out"
}

check_a_terminal_is_the_command_s() {
  in_project 'shims = ["sh"]'
  same "what it is" yes "$(python3 - "$(shim sh)" <<'PY'
import os, pty, sys
out = b""
def read(fd):
    global out
    data = os.read(fd, 1024)
    out += data
    return b""
pty.spawn([sys.argv[1], "-c", "test -t 0 && test -t 1 && echo yes"], read)
print(out.decode().strip())
PY
)"
}

check_shellenv_is_quoted_for_each_shell_and_the_same_a_second_time() {
  local odd="$here/it's \$HOME \\ \`here\`" shell first
  mkdir "$odd" && cd "$odd" || return
  in_project 'shims = ["env"]'
  for shell in bash zsh fish; do
    command -v "$shell" >/dev/null || continue
    case $shell in
      fish) first='"$DEVBOX" shellenv --shell fish | source' ;;
      *) first='eval "$("$DEVBOX" shellenv --shell '$shell')"' ;;
    esac
    capture "$shell" -c "$first; $first; printf '%s\n' \"\$DEVBOX_PROFILE\"; command -v env; env printenv container; printenv PATH"
    same "what $shell says" "" "$err"
    same "the profile in $shell" "$odd/devbox.toml" "$(sed -n 1p <<<"$out")"
    holds "the program in $shell" "$(sed -n 2p <<<"$out")" "$HOME/.local/state/devbox/shims/it-s--HOME" "/env"
    same "where it runs in $shell" devbox "$(sed -n 3p <<<"$out")"
    same "how often it is on PATH in $shell" 1 "$(sed -n 4p <<<"$out" | tr : '\n' | grep -c /shims/)"
  done
  capture "$DEVBOX" shellenv --shell csh
  same "the status of another shell" 2 "$status"
}

check_names_that_are_no_commands_are_refused() {
  local name
  for name in a/b ../x -x .x 'a b' '' sudo ssh devbox; do
    printf 'schema = 1\n[image]\nsource = "host"\n[editor]\nshims = ["%s"]\n' "$name" >devbox.toml
    capture "$DEVBOX" shims
    same "the status of ${name@Q}" 1 "$status"
    holds "what is said of ${name@Q}" "$err" "devbox.toml:5:10: an entry of \`editor.shims\` must"
  done
}

run_checks "$@"
