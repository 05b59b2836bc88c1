#!/usr/bin/env bash
# What a project's profile gets before, while and after it is trusted.
. "$(dirname "$0")/lib.sh"

# asks FILE LINE…: `devbox run` of the profile in the working directory is refused for that alone.
asks() { refused "asks for what lies outside its project, and is not trusted:" "$@"; }
has_changed() {
  refused "has changed since it was trusted, and asks for what lies outside its project:" "$@"
}
refused() {
  local why=$1 file=$2 lines
  shift 2
  lines=$(printf '  - %s\n' "$@")
  refuses 125 "devbox: $file $why
$lines
  hint: read it; \`devbox profile trust -p $file\` allows it until it changes, \`--trust\` this once" \
    "$DEVBOX" run -- echo ran
}
runs() {
  capture "$DEVBOX" run "$@" -- echo ran
  same "status" 0 "$status"
  same "output" ran "$out"
  same "standard error" "" "$err"
}
trust() {
  capture "$DEVBOX" profile trust
  same "status of trust" 0 "$status"
  same "standard error of trust" "" "$err"
}
grants() { find "$HOME/.local/state/devbox/trust" -type f 2>/dev/null; }

# project_profile: devbox.toml here, on the tree, with standard input.
project_profile() {
  { printf 'schema = 1\n' && cat && printf '[image]\nsource = "rootfs:%s"\n' "$tree"; } >devbox.toml
}
readonly image_ask="image.source: read $tree as the root filesystem"

check_a_profile_that_keeps_to_its_project_needs_no_trust() {
  mkdir sub && echo 'X = "1"' >vars
  printf 'schema = 1\n[image]\nsource = "host"\n[env]\nfiles = ["vars"]\n[mounts."/opt"]\ntype = "tmpfs"\n[mounts."/x"]\nsource = "sub"\n' >devbox.toml
  runs
  trust
  same "what trust says" "$project/devbox.toml keeps to its project: there is nothing to trust" "$out"
  same "grants" "" "$(grants)"
}

check_an_image_elsewhere_is_asked_and_then_granted() {
  project_profile </dev/null
  asks "$project/devbox.toml" "$image_ask"
  same "grants before" "" "$(grants)"
  trust
  same "what trust says" "$project/devbox.toml may, until it or a file that it reads changes:
  - $image_ask" "$out"
  runs
  runs
  mkdir deep && cd deep && runs
}

check_several_asks_are_listed_at_once() {
  mkdir "$here/outside" && touch "$here/outside/vars" && printf 'schema = 1\n' >"$here/outside/base.toml"
  project_profile <<TOML
extends = ["$here/outside/base.toml"]
[home]
mode = "host"
[mounts."/a"]
source = "$here/outside"
[mounts."/b"]
source = "$here/outside"
mode = "rw"
[env]
files = ["$here/outside/vars"]
pass = ["LANG", "MY_*"]
set = { X = "\${env:TERM}" }
[security]
seccomp = "off"
capabilities = ["sys_ptrace"]
TOML
  asks "$project/devbox.toml" \
    "extends $here/outside/base.toml, outside the project" \
    "env.files: reads $here/outside/vars" \
    "$image_ask" \
    "home.mode: read and write your home directory" \
    "mounts./a: read $here/outside" \
    "mounts./b: read and write $here/outside" \
    'env.pass: the variable MY_* of your environment' \
    '${env:TERM}: a variable of your environment' \
    "security.seccomp: run without the system call filter" \
    "security.capabilities: keep sys_ptrace in the box's user namespace"
}

check_a_change_of_the_file_asks_again() {
  project_profile </dev/null
  trust && runs
  echo "# a comment" >>devbox.toml
  has_changed "$project/devbox.toml" "$image_ask"
  trust && runs
}

check_a_change_of_a_base_asks_again() {
  printf 'schema = 1\nextends = ["./deeper.toml"]\n' >base.toml
  printf 'schema = 1\n' >deeper.toml
  echo 'extends = ["./base.toml"]' | project_profile
  trust && runs
  echo "# a comment" >>deeper.toml
  has_changed "$project/devbox.toml" "$image_ask"
  trust && runs
  printf '[home]\nmode = "host"\n' >>base.toml
  has_changed "$project/devbox.toml" "$image_ask" "home.mode: read and write your home directory"
}

check_a_change_of_an_env_file_asks_again() {
  echo "X=1" >vars
  project_profile <<<$'[env]\nfiles = ["vars"]'
  trust && runs
  echo "X=2" >vars
  has_changed "$project/devbox.toml" "$image_ask"
  echo "X=1" >vars
  runs
}

check_trust_for_once_stores_nothing() {
  project_profile </dev/null
  runs --trust
  same "grants" "" "$(grants)"
  asks "$project/devbox.toml" "$image_ask"
}

check_untrust_takes_it_back() {
  project_profile </dev/null
  trust && runs
  capture "$DEVBOX" profile untrust
  same "what untrust says" "$project/devbox.toml is no longer trusted" "$out$err"
  asks "$project/devbox.toml" "$image_ask"
  capture "$DEVBOX" profile untrust
  same "a second time" "$project/devbox.toml was not trusted" "$out$err"
}

check_a_link_that_leads_out_of_the_project_counts() {
  mkdir "$here/outside" && echo "X=1" >"$here/outside/vars" && ln -s "$here/outside" link
  printf 'schema = 1\n[image]\nsource = "host"\n[env]\nfiles = ["link/vars"]\n[mounts."/x"]\nsource = "link"\nmode = "rw"\n' >devbox.toml
  capture "$DEVBOX" run -- echo ran
  same "status" 125 "$status"
  same "output" "" "$out"
  holds "the env file" "$err" "  - env.files: reads $project/link/vars"
  holds "the mount" "$err" "  - mounts./x: read and write $project/link"
  ln -sfn "$tree" tree
  printf 'schema = 1\n[image]\nsource = "rootfs:tree"\n' >devbox.toml
  asks "$project/devbox.toml" "image.source: read $project/tree as the root filesystem"
  printf 'schema = 1\n' >"$here/outside/base.toml"
  printf 'schema = 1\nextends = ["./link/base.toml"]\n[image]\nsource = "host"\n' >devbox.toml
  asks "$project/devbox.toml" "extends $project/link/base.toml, outside the project"
}

check_a_grant_is_of_one_place() {
  project_profile </dev/null
  trust && runs
  mkdir "$here/copy" && cp devbox.toml "$here/copy/" && cd "$here/copy" || return
  asks "$here/copy/devbox.toml" "$image_ask"
}

check_the_users_own_profiles_need_no_trust() {
  printf '[home]\nmode = "host"\n[security]\nseccomp = "off"\n' | profile mine
  wait_for_keys
  runs -p mine
  same "grants" "" "$(grants)"
}

run_checks "$@"
