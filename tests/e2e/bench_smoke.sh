#!/usr/bin/env bash
# The benchmark with tiny numbers: that it works and leaves nothing behind. Of its times nothing is
# said. ctest has this test only where the build has the benchmark (DEVBOX_BENCH).
. "$(dirname "$0")/lib.sh"
needs umoci skopeo docker-registry
readonly bench=${DEVBOX_E2E_BUILD:-}/bin/bench
[ -x "$bench" ] || skip "there is no $bench; -DDEVBOX_BENCH=ON builds it"

# What it has in /tmp and /dev/shm; only ours, another may be measuring.
directories() { find /tmp /dev/shm -maxdepth 1 -user "$(id -un)" -name 'devbox-bench.*' | sort; }

check_the_benchmark_prints_its_tables_and_leaves_nothing() {
  local before
  before=$(directories)
  capture "$bench" --quick --devbox "$DEVBOX" --tree "$tree"
  same "status" 0 "$status"
  same "standard error" "" "$err"
  holds "the starts" "$out" '| `/bin/true` in a box, 3 rounds | median ms |'
  holds "joining" "$out" '| one more command, 3 rounds | median ms |'
  holds "the boxes at once" "$out" '| 4 boxes at once | all up, ms |'
  holds "the growth" "$out" '| lines of the profile: env.set | 10 | 20 |'
  holds "the budgets" "$out" '| budget | asked | measured |'
  same "its directories" "$before" "$(directories)"
  true_that "no process of it is left" none_with devbox-bench.
}

check_the_benchmark_without_a_tree_makes_one() {
  capture env -u DEVBOX_TEST_TREE "$bench" --quick --only start --devbox "$DEVBOX"
  same "status" 0 "$status"
  holds "the root" "$out" "a tree of one static program"
}

# Two images in $here/layout, of which the second has the first one's layer and one more.
small_layout() {
  local image name
  umoci init --layout "$here/layout"
  umoci new --image "$here/layout:first"
  mkdir -p "$here/root/etc"
  for name in first second; do
    image=$here/layout:$name
    [ "$name" = first ] || umoci tag --image "$here/layout:first" second
    head -c 100000 /dev/urandom >"$here/root/etc/$name"
    tar -C "$here/root" -cf "$here/$name.tar" ./etc
    umoci raw add-layer --image "$image" "$here/$name.tar"
    rm "$here/root/etc/$name"
  done
}

check_the_benchmark_pulls_and_says_what_a_second_image_fetches() {
  local before
  small_layout
  mkdir "$here/disk"
  before=$(directories)
  capture env -u DEVBOX_TEST_TREE "$bench" --quick --only pull --devbox "$DEVBOX" \
    --layout "$here/layout:first" --layout "$here/layout:second" --disk "$here/disk"
  same "status" 0 "$status"
  same "standard error" "" "$err"
  holds "the first" "$out" '| first on tmpfs, 1 rounds | median ms |'
  holds "the peer" "$out" '| skopeo, umoci |'
  holds "the floor" "$out" '| sha256sum, compressed and not |'
  holds "the disk" "$out" '| second on disk, 1 rounds | median ms |'
  # Its own layer, of 0.1 MiB, and not the first one's, which makes 0.2 with it.
  holds "what the second fetched" \
    "$(grep -A2 '^| second where first is there, on tmpfs' <<<"$out" | tail -n 1)" '| 0.1 | 0.2 |'
  same "its directories" "$before" "$(directories)"
  same "what is on the disk" "" "$(ls "$here/disk")"
  true_that "no process of it is left" none_with devbox-bench.
}

check_an_interrupted_benchmark_leaves_nothing() {
  local before pid
  before=$(directories)
  "$bench" --boxes 1000 --only boxes --devbox "$DEVBOX" >/dev/null 2>"$here/err" &
  pid=$!
  eventually "boxes start" is_starting_boxes
  kill -TERM "$pid"
  ended "$pid"
  same "status" 130 "$status"
  same "standard error" "bench: interrupted" "$(cat "$here/err")"
  same "its directories" "$before" "$(directories)"
  true_that "no process of it is left" none_with devbox-bench.
}
# In a directory of this run: one that was killed before may have left its own.
is_starting_boxes() {
  local up
  for up in /tmp/devbox-bench.*/workspace/up; do
    [ -e "$up" ] && [[ "$before" != *"${up%/workspace/up}"* ]] && return
  done
  return 1
}

check_a_wrong_option_is_one_sentence() {
  capture "$bench" --only nothing
  same "status" 1 "$status"
  same "standard error" \
    "bench: --only nothing: it is start, join, memory, boxes, growth, build, task, import, pull, lsp or shim" "$err"
}

run_checks "$@"
