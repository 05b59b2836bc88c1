#!/usr/bin/env bash
# Images with layers: from an OCI layout, from archives of two kinds, and from a registry.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/store_lib.sh"
. "$(dirname "$0")/image_lib.sh"
needs umoci

check_a_layout_gives_the_tree_that_umoci_unpacks() {
  layout
  locked "oci:$here/layout:one"
  capture umoci unpack --rootless --image "$here/layout:one" "$here/bundle"
  same "the status of umoci" 0 "$status" || wrong "$err"
  capture python3 "$tests/layers.py" compare "$(dirname "$root")/manifest" "$here/bundle/rootfs"
  same "the comparison" 0 "$status" || wrong "$out"
}

check_layers_by_zstd_gzip_and_plain_give_the_same_tree() {
  local one
  layout
  locked "oci:$here/layout:one"
  one=$root
  locked "oci:$here/layout:mixed"
  same "the tree" "$one" "$root"
}

check_archives_of_both_kinds_give_the_same_tree() {
  local one
  layout
  locked "oci:$here/layout:one"
  one=$root
  tar -C "$here/layout" -cf "$here/all.tar" .
  capture skopeo copy --insecure-policy "oci:$here/layout:one" "oci-archive:$here/one.tar:one"
  same "the status of skopeo" 0 "$status" || wrong "$err"
  locked "oci-archive:$here/one.tar"
  same "the tree of the layout's archive" "$one" "$root"
  layers docker "$here/layout" one "$here/docker.tar"
  locked "docker-archive:$here/docker.tar"
  same "the tree of docker's archive" "$one" "$root"
  from "oci-archive:$here/all.tar"
  lock
  same "the status for several images" 1 "$status"
  holds "what is said of several images" "$err" "holds several images"
}

check_a_registry_gives_the_tree_of_the_layout_and_it_runs() {
  local one
  layout
  registry
  push one
  locked "oci:$here/layout:one"
  one=$root
  locked "docker://127.0.0.1:$port/team/one:1"
  same "the tree" "$one" "$root"
  run -- /bin/hold
  same "the status in the box" 0 "$status" || wrong "$err"
  same "what it reads" $'ready\nsame' "$out"
  end_registry
}

check_the_lock_file_says_what_was_found_and_without_it_nothing_starts() {
  layout
  from "oci:$here/layout:one"
  run -- /bin/hold
  same "the status without a lock" 125 "$status"
  holds "what is said without a lock" "$err" "devbox lock"
  lock
  same "the status of the lock" 0 "$status"
  local text
  text=$(cat "$(lock_file)")
  holds "the lock file" "$text" 'source = "oci:'
  holds "the lock file" "$text" 'manifest = "sha256:'
  holds "the lock file" "$text" 'config = "sha256:'
  same "its layers and diff_ids" 6 "$(grep -c '^  "sha256:' "$(lock_file)")"
  lock
  holds "what is said of a second lock" "$err" "is up to date"
  lock --update
  holds "what is said where nothing moved" "$err" "nothing has moved"
}

check_what_the_image_says_of_the_box_is_so_where_the_profile_is_silent() {
  layout
  locked "oci:$here/layout:one"
  capture "$DEVBOX" plan -p box --json -- /bin/hold
  same "the variable" "hello there" "$(json 'a["environment"]["GREETING"]')"
  same "PATH" "/bin:/opt/bin" "$(json 'a["environment"]["PATH"]')"
  same "the uid inside" 4321 "$(json 'a["ids"]["uid"]')"
  from "oci:$here/layout:one" '[ids]' 'map = "self"' '[env]' 'set = { GREETING = "mine" }'
  capture "$DEVBOX" plan -p box --json -- /bin/hold
  same "the profile's variable" "mine" "$(json 'a["environment"]["GREETING"]')"
  same "the profile's uid" "$(id -u)" "$(json 'a["ids"]["uid"]')"
}

check_an_inline_digest_needs_no_lock_file() {
  local digest
  layout
  digest=$(python3 -c 'import json,sys; print([m["digest"] for m in json.load(open(sys.argv[1]))["manifests"] if "one" in m["annotations"].values()][0])' "$here/layout/index.json")
  from "oci:$here/layout:one" "digest = \"$digest\""
  pull
  same "the status" 0 "$status" || wrong "$err"
  true_that "there is no lock file" [ ! -e "$(lock_file)" ]
  run -- /bin/hold
  same "the status in the box" 0 "$status" || wrong "$err"
}

check_hostile_images_are_refused_and_leave_nothing() {
  local name before
  layers hostile "$here/layout"
  for name in climbs climbing-link whiteout-dot whiteout-dots whiteout-nothing below-file circle \
    hard-link-to-nothing root-is-a-file other-diff-id too-few-diff-ids not-tar cut-gzip flipped longer shorter; do
    from "oci:$here/layout:$name"
    lock
    same "the status of $name" 1 "$status"
    holds "what is said of $name" "$err" "devbox: cannot"
    lacks "what is said of $name" "$err" "defect"
    true_that "$name leaves no lock file" [ ! -e "$(lock_file)" ]
    same "the trees after $name" "" "$(names trees)"
    same "the staging after $name" "" "$(names staging)"
  done
}

check_a_pull_killed_at_any_moment_leaves_the_store_whole() {
  local i pid
  layout
  registry
  push one
  locked "docker://127.0.0.1:$port/team/one:1"
  for ((i = 0; i < ${DEVBOX_TEST_KILLS:-100}; i++)); do
    [ $((i % 10)) != 0 ] || image rm "docker://127.0.0.1:$port/team/one:1"
    "$DEVBOX" pull -p box >/dev/null 2>&1 </dev/null &
    pid=$!
    sleep "0.$(printf '%03d' $((RANDOM % 150)))"
    kill -KILL "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
    [ $((i % 10)) != 9 ] || store_is_whole "after $i kills"
  done
  pull
  same "the status at last" 0 "$status" || wrong "$err"
  eventually "nothing of devbox-image lives" none_with "devbox-image pull $HOME"
  store_is_whole "at last"
  end_registry
}

check_sixteen_pulls_at_once_make_one_tree() {
  local i pids=()
  layout
  registry
  push one
  from "docker://127.0.0.1:$port/team/one:1"
  lock
  image rm --json "docker://127.0.0.1:$port/team/one:1"
  for ((i = 0; i < 16; i++)); do
    "$DEVBOX" pull -p box >"$here/pull.$i" 2>"$here/pull.$i.err" </dev/null &
    pids+=($!)
  done
  for ((i = 0; i < 16; i++)); do
    wait "${pids[i]}" || wrong "pull $i failed: $(cat "$here/pull.$i.err")"
  done
  same "the trees" 1 "$(names trees | wc -l)"
  same "the staging" "" "$(names staging)"
  store_is_whole "after sixteen pulls"
  end_registry
}

# blob DIGEST: where the registry has its bytes.
blob() { echo "$here/kept/docker/registry/v2/blobs/sha256/${1:0:2}/$1/data"; }

check_a_second_image_fetches_only_the_layers_that_differ() {
  local layer base=() pulled
  layout
  registry
  push base
  push upper
  locked "docker://127.0.0.1:$port/team/base:1"
  mapfile -t base < <(ls "$(dirname "$root")/layers")
  same "the layers that are known" 2 "${#base[@]}"
  from "docker://127.0.0.1:$port/team/upper:1"
  for layer in "${base[@]}"; do mv "$(blob "$layer")" "$here/$layer"; done
  lock
  same "the status without the layers that are here" 0 "$status" || wrong "$err"
  pull
  pulled=$out
  true_that "a file of the base is one with the first image's" [ "$(inode "$root/bin/hold")" = "$(inode "$pulled/bin/hold")" ]
  same "the new file" 4000 "$(stat -c %s "$pulled/data/more")"
  image verify
  same "the status of verify" 0 "$status" || wrong "$out"
  run -- /bin/hold
  same "the status in the box" 0 "$status" || wrong "$err"
  image rm "docker://127.0.0.1:$port/team/upper:1"
  chmod -R u+w "$(data)/files" && rm -rf "$(data)/files"
  pull
  same "the status where the pool is lost and the registry has no base" 1 "$status"
  for layer in "${base[@]}"; do mv "$here/$layer" "$(blob "$layer")"; done
  pull
  same "the status where all is fetched again" 0 "$status" || wrong "$err"
  same "the tree" "$pulled" "$out"
  store_is_whole "at last"
  end_registry
}

check_a_repair_fetches_what_is_damaged() {
  layout
  registry
  push one
  locked "docker://127.0.0.1:$port/team/one:1"
  flip "$root/data/big"
  image verify
  same "the status of a damaged tree" 1 "$status"
  image verify --repair
  same "the status of the repair" 0 "$status" || wrong "$err"
  image verify
  same "the status of the repaired tree" 0 "$status" || wrong "$out"
  end_registry
}

run_checks "$@"
