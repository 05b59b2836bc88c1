#!/usr/bin/env bash
# Where profiles are found, and the verbs that tell about them.
. "$(dirname "$0")/lib.sh"
needs python3 mkfifo

# host_profile NAME: devbox.toml of that name on the host's own programs, with standard input.
host_profile() { { printf 'schema = 1\nname = "%s"\n[image]\nsource = "host"\n' "$1" && cat; } >"$2"; }
is_json() { python3 -m json.tool <<<"$1" >/dev/null; }
# json EXPRESSION: of what was captured, as `it`.
json() { python3 -c 'import json, sys; it = json.load(sys.stdin); print(eval(sys.argv[1]))' "$1" <<<"$out"; }

check_the_nearest_file_upwards_is_taken() {
  mkdir -p a/b/c
  host_profile outer devbox.toml </dev/null
  cd a/b/c || return
  capture "$DEVBOX" run -- sh -c 'echo $DEVBOX; pwd'
  same "from below" "outer"$'\n'"$project/a/b/c" "$out$err"
  host_profile inner ../devbox.toml </dev/null
  capture "$DEVBOX" run -- sh -c 'echo $DEVBOX'
  same "a nearer one" inner "$out$err"
  cd ../..
  capture "$DEVBOX" run -- sh -c 'echo $DEVBOX'
  same "above that" outer "$out$err"
}

check_the_search_ends_at_the_border_of_a_file_system() {
  mkdir -p mounted
  host_profile outer devbox.toml </dev/null
  # on PLACE COMMAND…: with another file system there, the working directory of the command.
  on() { capture unshare -Urm bash -c 'mount -t tmpfs none "$1" && mkdir "$1/below" && cd "$1/below" && shift && exec "$@"' bash "$@"; }
  on "$project/mounted" "$DEVBOX" run -- true
  same "status" 125 "$status"
  same "the message" "devbox: found no devbox.toml from $project/mounted/below upwards ($project is on another file system)
  hint: \`devbox init\` writes one; \`devbox profile ls\` lists the profiles that have a name" "$err"
  on "$project/mounted" bash -c 'cp "$1" .. && exec "$2" run -- sh -c "echo \$DEVBOX; pwd"' bash \
    "$project/devbox.toml" "$DEVBOX"
  same "one on the same file system" "outer"$'\n'"$project/mounted/below" "$out$err"
}

check_none_anywhere_is_said_and_so_is_the_other_tools_file() {
  mkdir "$HOME/deep" && cd "$HOME/deep" || return
  capture "$DEVBOX" run -- true
  same "status" 125 "$status"
  holds "the message" "$err" "devbox: found no devbox.toml from $HOME/deep upwards ("
  holds "the hint" "$err" $'\n  hint: `devbox init` writes one; `devbox profile ls` lists the profiles that have a name'
  echo '{}' >devbox.json
  capture "$DEVBOX" plan
  same "status of plan" 1 "$status"
  holds "a lone devbox.json" "$err" "; $HOME/deep/devbox.json belongs to another tool that is called devbox (Jetify's), and this one does not read it
  hint: \`devbox init\` writes a devbox.toml"
}

check_names_are_looked_for_in_the_users_directory() {
  export XDG_CONFIG_HOME=$here/elsewhere
  profiles=$XDG_CONFIG_HOME/devbox/profiles
  mkdir -p "$profiles"
  profile cpp </dev/null
  capture "$DEVBOX" run -p cpp -- sh -c 'echo $DEVBOX'
  same "by -p" cpp "$out$err"
  capture "$DEVBOX" run cpp -- sh -c 'echo $DEVBOX'
  same "without -p" cpp "$out$err"
  capture "$DEVBOX" run -p box -- true
  same "the directory at its usual place" 125 "$status"
}

check_the_path_of_a_profile_that_has_a_name_means_the_name() {
  profile cpp <<'TOML'
[home]
mode = "host"
TOML
  local show='echo "$DEVBOX $PWD"'
  ln -s "$profiles" "$here/alias"
  capture "$DEVBOX" run -p cpp -- sh -c "$show"
  same "by its name" "cpp $project" "$out$err"
  local path
  for path in "$profiles/cpp.toml" "$here/alias/cpp.toml" "../home/.config/devbox/profiles/cpp.toml"; do
    capture "$DEVBOX" run -p "$path" -- sh -c "$show"
    same "by $path: its project is here, and nobody is asked" "cpp $project" "$out$err"
    capture "$DEVBOX" run "$path" -- true
    same "as an argument" "0 " "$status $err"
  done
  profile kept </dev/null
  "$DEVBOX" run -p kept -- sh -c 'echo mine >~/note'
  capture "$DEVBOX" run -p "$profiles/kept.toml" -- sh -c 'cat ~/note'
  same "the private home" mine "$out$err"
  capture "$DEVBOX" profile show "$profiles/cpp.toml"
  holds "what show says" "$out" "# origin: user; trust: not needed"
  # A link to it from elsewhere lies elsewhere.
  ln -s "$profiles/cpp.toml" linked.toml
  capture "$DEVBOX" run -p ./linked.toml -- true
  holds "a link in a project" "$err" "asks for what lies outside its project, and is not trusted"
}

check_a_profile_with_a_name_runs_where_profiles_are_edited_without_a_workspace() {
  cd "$profiles" || return
  local reference
  for reference in box ./box.toml; do
    capture "$DEVBOX" run -p "$reference" -- sh -c "pwd; ls -d '$profiles'"
    same "$reference: where it starts" "$HOME" "$out"
    holds "$reference: the directory" "$err" "No such file or directory"
  done
  capture "$DEVBOX" plan -p box
  holds "what plan says" "$out" "note        no workspace: the project would be in $HOME/.config/devbox, which is devbox's own"
  cp box.toml ../other.toml
  refuses 125 "devbox: workspace: $HOME/.config/devbox is inside $HOME/.config/devbox, which is devbox's own and never writable in a box" \
    "$DEVBOX" run --trust -p ../other.toml -- true
}

check_an_unknown_name_gets_a_suggestion() {
  profile toolchain </dev/null
  capture "$DEVBOX" run -p toolchian -- true
  same "status" 125 "$status"
  holds "the message" "$err" "devbox: no profile is called \`toolchian\`; looked in $profiles, /etc/devbox/profiles"
  holds "the hint" "$err" $'\n  hint: did you mean `toolchain`?'
  capture "$DEVBOX" plan -p xyzzyxyzzy
  same "status of plan" 1 "$status"
  holds "nothing near" "$err" $'\n  hint: `devbox profile ls` lists those there are; a path has a `/` or ends in .toml'
  refuses 2 'devbox: `.x` is not the name of a profile: a name does not start with a dot
  hint: a path has a `/` or ends in .toml: ./devbox.toml' "$DEVBOX" plan -p .x
}

check_what_is_no_file_is_refused() {
  mkdir directory full && touch full/devbox.toml && mkfifo fifo.toml
  refuses 125 "devbox: cannot read the profile $project/directory: it is a directory
  hint: name a file, or run \`devbox init\` there" "$DEVBOX" run -p ./directory -- true
  refuses 125 "devbox: cannot read the profile $project/full: it is a directory
  hint: did you mean $project/full/devbox.toml?" "$DEVBOX" run -p ./full -- true
  refuses 125 "devbox: cannot read $project/fifo.toml: it is a FIFO, not a regular file
  hint: name a regular file" "$DEVBOX" run -p fifo.toml -- true
  refuses 1 "devbox: cannot read the profile $project/none.toml: it is not there
  hint: check the spelling; \`devbox init\` writes a first profile" "$DEVBOX" plan -p none.toml
}

check_init_writes_a_profile_that_works_and_overwrites_none() {
  capture "$DEVBOX" init
  same "status" 0 "$status"
  same "what it says" 'devbox.toml, from the template `host`. `devbox enter` opens a shell; `devbox plan` says what it would do.' "$out$err"
  capture "$DEVBOX" run -- echo ran
  same "run after init" "0 ran" "$status $out$err"
  echo '# mine' >devbox.toml
  refuses 1 'devbox: there is a devbox.toml here already
  hint: `devbox plan` says what it does' "$DEVBOX" init
  same "the file" '# mine' "$(cat devbox.toml)"
  mkdir other && cd other || return
  capture "$DEVBOX" init debian
  same "what it says of a Debian" 'devbox.toml, from the template `debian`. `devbox lock` makes its image and pins it; then `devbox enter` opens a shell; `devbox plan` says what it would do.' "$out$err"
  rm devbox.toml
  capture "$DEVBOX" init image
  holds "what it says of an image" "$out" 'devbox.toml, from the template `image`. `devbox lock` fetches its image and pins it; then'
  capture "$DEVBOX" run -- true
  same "status without a lock" 125 "$status"
  holds "what is said without a lock" "$err" "the image docker://docker.io/library/gcc:12 is not pinned"
  rm devbox.toml
  refuses 2 'devbox: there is no template `nope`
  hint: the templates are host, debian, image, rootfs' "$DEVBOX" init nope
  same "what that left" "" "$(ls -A)"
  ln -s "$here/target" devbox.toml
  capture "$DEVBOX" init
  same "status with a link in the place" 1 "$status"
  true_that "nothing was written through it" [ ! -e "$here/target" ]
  rm devbox.toml && mkdir -p "$HOME/trees" && ln -s "$tree" "$HOME/trees/debian"
  capture "$DEVBOX" init rootfs
  same "the other template" 0 "$status"
  capture "$DEVBOX" run --trust -- echo ran
  same "run after init rootfs" "0 ran" "$status $out$err"
}

check_profile_ls() {
  printf 'schema = 1\ndescription = "a C++ \\u001b toolchain"\n[image]\nsource = "host"\n' >"$profiles/cpp.toml"
  printf 'schema = 1\nnonsense = 1\n' >"$profiles/bad.toml"
  capture "$DEVBOX" profile ls
  same "status" 0 "$status"
  same "standard error" "" "$err"
  local squeezed
  squeezed=$(tr -s ' ' <<<"$out")  # how wide a column is depends on the names that are installed
  holds "one with a description" "$squeezed" "cpp user a C++ "
  lacks "an escape" "$out" $'\e'
  holds "a broken one" "$squeezed" "bad user $profiles/bad.toml:2:1: "
  holds "a plain one" "$squeezed" "box user"
  capture "$DEVBOX" profile ls --json
  true_that "it is JSON" is_json "$out"
  same "the user's names" "['bad', 'box', 'cpp']" "$(json 'sorted(p["name"] for p in it if p["origin"] == "user")')"
  same "what is wrong" "['bad']" "$(json '[p["name"] for p in it if p["mistake"]]')"
  same "a path" "$profiles/cpp.toml" "$(json '[p["path"] for p in it if p["name"] == "cpp"][0]')"
}

check_profile_show() {
  printf 'schema = 1\n[home]\nmode = "host"\n' >base.toml
  printf 'schema = 1\nextends = ["./base.toml"]\n[image]\nsource = "host"\n' >devbox.toml
  capture "$DEVBOX" profile show
  same "status" 0 "$status"
  same "standard error" "" "$err"
  holds "the file" "$out" "# $project/devbox.toml"$'\nschema = 1\nextends = ["./base.toml"]\n'
  holds "its base" "$out" "# $project/base.toml"$'\nschema = 1\n[home]\nmode = "host"\n'
  holds "its end" "$out" $'\n# origin: project; trust: not granted\n#   home.mode: read and write your home directory'
  capture "$DEVBOX" profile show --json
  true_that "it is JSON" is_json "$out"
  same "what it asks" "project not granted ['home.mode: read and write your home directory']" \
    "$(json '" ".join([it["origin"], it["trust"], str(it["asks"])])')"
  same "the files" "['base.toml', 'devbox.toml']" "$(json 'sorted(f["path"].split("/")[-1] for f in it["files"])')"
}

check_plan_is_the_same_twice_and_changes_nothing() {
  printf '[mounts."/x"]\ntype = "tmpfs"\n[mounts."/etc/a/b"]\ntype = "file"\ncontent = "x"\n' | profile many
  local before first options
  everything() { (cd "$here" && find home project run -printf '%p %y %m %s %T@ %C@\n' | sort); }
  before=$(everything)
  for options in "" --json; do
    capture "$DEVBOX" plan -p many $options
    same "status" 0 "$status"
    same "standard error" "" "$err"
    first=$out
    capture "$DEVBOX" plan -p many $options
    same "plan $options, a second time" "$first" "$out"
  done
  true_that "it is JSON" is_json "$out"
  same "what is on disk" "$before" "$(everything)"
  capture "$DEVBOX" plan -p many -- gcc "a b"
  holds "with a command" "$out" "gcc"
  same "what is on disk after that" "$before" "$(everything)"
}

run_checks "$@"
