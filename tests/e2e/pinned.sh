#!/usr/bin/env bash
# What is pinned: what has moved since (`outdated`), what is not pinned and refused (`--locked`), and
# what is said meanwhile (`--quiet`).
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/store_lib.sh"
. "$(dirname "$0")/image_lib.sh"

outdated() { capture "$DEVBOX" outdated -p box "$@"; }

# digest NAME: of that image of the layout.
digest() {
  python3 -c 'import json,sys; print([m["digest"] for m in json.load(open(sys.argv[1]))["manifests"] if sys.argv[2] in m["annotations"].values()][0])' \
    "$here/layout/index.json" "$1"
}

platform() { echo "linux/$(python3 -c 'import os; print({"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine))')"; }

# nothing_moved: outdated has said so, and nothing else.
nothing_moved() {
  same "the status where nothing has moved" 0 "$status"
  same "the output where nothing has moved" "" "$out"
  same "what is said where nothing has moved" "devbox: nothing has moved" "$err"
}

check_a_tag_of_a_registry_that_moves_is_outdated_and_no_layer_is_fetched() {
  local before now trees
  layout
  registry
  push one
  locked "docker://127.0.0.1:$port/team/one:1"
  trees=$(names trees)
  outdated
  nothing_moved
  before=$(sed -n 's/^manifest = "\(.*\)"/\1/p' "$(lock_file)")
  push taller one
  now=$(skopeo inspect --tls-verify=false "docker://127.0.0.1:$port/team/one:1" | python3 -c 'import json,sys; print(json.load(sys.stdin)["Digest"])')
  outdated
  same "the status" 0 "$status"
  same "what has moved" "$(platform)  $before -> $now  3 of 4 layers are the same" "$out"
  same "what is said" "" "$err"
  outdated --exit-code
  same "the status with --exit-code" 1 "$status"
  outdated --json --exit-code
  same "the status with --json" 1 "$status"
  same "what has moved, in JSON" "$(platform)" "$(json '" ".join(m["what"] for m in a["moved"])')"
  same "its layers, in JSON" "3 4" "$(json '"%d %d" % (a["moved"][0]["same_layers"], a["moved"][0]["layers"])')"
  same "where it is now, in JSON" "$now" "$(json 'a["moved"][0]["now"]')"
  same "the trees" "$trees" "$(names trees)"
  lock --update
  holds "what lock says has moved" "$out" "3 of 4 layers are the same"
  outdated --exit-code
  nothing_moved
  end_registry
  outdated
  same "the status where nobody answers" 1 "$status"
  holds "what is said where nobody answers" "$err" "devbox: cannot look up docker://127.0.0.1:$port/team/one:1"
}

check_a_layout_and_archives_that_change_are_outdated() {
  local old
  layout
  locked "oci:$here/layout:one"
  outdated --exit-code
  nothing_moved
  old=$(digest one)
  layers tag "$here/layout" rootless one
  outdated
  same "what has moved" "$(platform)  $old -> $(digest rootless)  1 of 1 layers are the same" "$out"

  layers docker "$here/layout" taller "$here/image.tar"
  locked "docker-archive:$here/image.tar"
  outdated --exit-code
  nothing_moved
  old=$(sha256 "$here/image.tar")
  layers docker "$here/layout" rootless "$here/image.tar"
  outdated --exit-code
  same "the status of an archive" 1 "$status"
  same "what has moved of an archive" "archive  sha256:$old -> sha256:$(sha256 "$here/image.tar")" "$out"

  archive "$here/old.tar" old
  archive "$here/new.tar" new
  cp "$here/old.tar" "$here/root.tar"
  locked "tar:$here/root.tar"
  outdated --exit-code
  nothing_moved
  cp "$here/new.tar" "$here/root.tar"
  outdated --exit-code
  same "the status of a tar" 1 "$status"
  same "what has moved of a tar" "archive  sha256:$(sha256 "$here/old.tar") -> sha256:$(sha256 "$here/new.tar")" "$out"
  rm "$here/root.tar"
  outdated
  same "the status of an archive that is gone" 1 "$status"
  holds "what is said of an archive that is gone" "$err" "$here/root.tar"
}

check_what_an_inline_digest_pins_is_never_outdated_and_its_tag_is_told() {
  local pinned
  layout
  registry
  push one
  pinned=$(digest one)
  from "docker://127.0.0.1:$port/team/one:1@$pinned"
  outdated --exit-code
  same "the status" 0 "$status"
  same "the output" "" "$out"
  same "what is said of the tag" "devbox: nothing has moved: $profiles/box.toml itself pins its image by a digest; the tag 1 is still there" "$err"
  push taller one
  outdated --exit-code
  same "the status where the tag has moved" 0 "$status"
  holds "what is said of the tag that has moved" "$err" "; the tag 1 is $(digest taller) now"
  outdated --json
  same "the tag in JSON" "1 $(digest taller) 0" "$(json '"%s %s %d" % (a["tag"]["name"], a["tag"]["now"], len(a["moved"]))')"
  from "docker://127.0.0.1:$port/team/one@$pinned"
  outdated
  lacks "what is said without a tag" "$err" "tag"
  end_registry
}

check_outdated_without_a_lock_says_what_to_do() {
  layout
  from "oci:$here/layout:one"
  outdated
  same "the status without a lock" 1 "$status"
  holds "what is said without a lock" "$err" "there is no $(lock_file)"
  holds "what is said without a lock" "$err" "hint: \`devbox lock -p $profiles/box.toml\` writes it"
  from host
  outdated --exit-code
  same "the status of host" 0 "$status"
  holds "what is said of host" "$err" "is used as it is"
}

# refused_by_locked PART VERB…: --locked refuses it with the verb's status of a failure.
refused_by_locked() {
  local part=$1 verb
  for verb in enter "run -- true" plan pull lock; do
    # shellcheck disable=SC2086
    set -- ${verb/ -- / --locked -p box -- }
    [ $# -gt 1 ] || set -- "$verb" --locked -p box
    capture "$DEVBOX" "$@"
    case $1 in
      enter | run) same "the status of $*" 125 "$status" ;;
      *) same "the status of $*" 1 "$status" ;;
    esac
    holds "what $* says" "$err" "$part"
    holds "what $* says to do" "$err" "hint: "
    same "the output of $*" "" "$out"
  done
}

check_locked_refuses_what_the_lock_file_does_not_pin() {
  local text
  layout
  from "rootfs:$tree"
  refused_by_locked "--locked: nothing can pin the image rootfs:$tree"
  from host
  refused_by_locked "--locked: nothing can pin the image host"
  from "oci:$here/layout:one"
  refused_by_locked "is not pinned: there is no $(lock_file)"
  true_that "no lock file was written" [ ! -e "$(lock_file)" ]
  locked "oci:$here/layout:one"
  text=$(cat "$(lock_file)")
  from "oci:$here/layout:mixed"
  refused_by_locked "is of another image than"
  from "oci:$here/layout:one"
  sed 's|^\[platform."linux/.*|[platform."linux/s390x"]|' <<<"$text" >"$(lock_file)"
  refused_by_locked "pins nothing for $(platform)"
  sed '/^plain = /d; /^tree = /d' <<<"$text" >"$(lock_file)"
  lock --locked
  same "the status of a lock that would be changed" 1 "$status"
  holds "what is said of it" "$err" "--locked: $(lock_file) would be changed"
  lacks "the lock file" "$(cat "$(lock_file)")" "plain"
}

check_locked_lets_through_what_is_pinned() {
  layout
  locked "oci:$here/layout:one"
  lock --locked
  same "the status of lock" 0 "$status"
  holds "what lock says" "$err" "is up to date"
  pull --locked
  same "the status of pull" 0 "$status"
  run --locked -- /bin/hold
  same "the status of run" 0 "$status" || wrong "$err"
  capture "$DEVBOX" plan --locked -p box -- /bin/hold
  same "the status of plan" 0 "$status" || wrong "$err"
  rm "$(lock_file)"
  from "oci:$here/layout:one" "digest = \"$(digest one)\""
  pull --locked
  same "the status of pull by a digest" 0 "$status" || wrong "$err"
  lock --locked
  same "the status of lock by a digest" 0 "$status"
  run --locked -- /bin/hold
  same "the status of run by a digest" 0 "$status" || wrong "$err"
  run --locked --root "rootfs:$tree" -- true
  same "the status with another root" 125 "$status"
  lock --locked --update
  same "the status with --update" 2 "$status"
}

check_quiet_says_nothing_of_how_far_it_is() {
  layout
  from "oci:$here/layout:one"
  lock --quiet
  same "the status of lock" 0 "$status"
  same "what lock says" 1 "$(wc -l <<<"$err")"
  holds "what lock says" "$err" "wrote $(lock_file)"
  image rm "oci:$here/layout:one"
  pull
  holds "what pull says" "$err" "layer 1 of 3"
  image rm "oci:$here/layout:one"
  pull --quiet
  same "the status of pull" 0 "$status"
  same "what pull --quiet says" "" "$err"
  true_that "the tree is there" [ -d "$out" ]
  image rm "oci:$here/layout:one"
  mv "$here/layout" "$here/gone"
  pull --quiet
  same "the status of a pull that fails" 1 "$status"
  holds "what is said of it" "$err" "devbox: cannot"
}

run_checks "$@"
