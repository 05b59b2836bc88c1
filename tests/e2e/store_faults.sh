#!/usr/bin/env bash
# The store when something goes wrong: kills, many processes at once, disks that are small, full or
# read-only.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/store_lib.sh"

check_a_kill_of_an_import_at_any_moment_a_hundred_times_leaves_it_whole() {
  local i pid image
  archive "$here/a.tar" a && archive "$here/b.tar" b
  imported "$here/a.tar"
  for ((i = 0; i < 100; i++)); do
    "$DEVBOX" image import "$here/b.tar" >/dev/null 2>&1 </dev/null &
    pid=$!
    sleep "0.$(printf '%03d' $((RANDOM % 120)))"
    if [ $((i % 3)) = 0 ]; then
      for image in $(cat "/proc/$pid/task/$pid/children" 2>/dev/null); do kill -KILL "$image" 2>/dev/null; done
    else
      kill -KILL "$pid" 2>/dev/null
    fi
    wait "$pid" 2>/dev/null
    [ $((i % 10)) = 9 ] || continue
    store_is_whole "after $i kills"
    image rm "tar:$here/b.tar"
  done
  imported "$here/b.tar"
  store_is_whole "at last"
  true_that "the files are one" [ "$(inode "$(root_of "$here/a.tar")/data/twin")" = "$(inode "$(root_of "$here/b.tar")/data/twin")" ]
}

check_a_kill_of_a_removal_or_a_repair_leaves_it_whole() {
  local i pid verb
  archive "$here/a.tar" a && archive "$here/b.tar" b
  imported "$here/b.tar"
  for ((i = 0; i < 30; i++)); do
    image import "$here/a.tar"
    same "import $i" 0 "$status"
    case $((i % 3)) in
      0) verb=(rm "tar:$here/a.tar") ;;
      1) verb=(gc --max-size 1) ;;
      2) verb=(verify --repair) && flip "$(root_of "$here/a.tar")/data/same" ;;
    esac
    "$DEVBOX" image "${verb[@]}" >/dev/null 2>&1 </dev/null &
    pid=$!
    sleep "0.$(printf '%03d' $((RANDOM % 60)))"
    kill -KILL "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
    [ "${verb[0]}" != verify ] || image verify --repair
    store_is_whole "after ${verb[*]}, $i"
    image import "$here/b.tar"
  done
}

check_gc_in_a_loop_hurts_no_import_and_no_run() {
  local i pids=() loop
  archive "$here/a.tar" a && archive "$here/b.tar" b
  imported "$here/a.tar" && imported "$here/b.tar"
  (while [ ! -e "$here/stop" ]; do "$DEVBOX" image gc 2>>"$here/gc" || echo "failed" >>"$here/gc.failed"; done) &
  loop=$!
  for ((i = 0; i < 8; i++)); do
    (
      for ((j = 0; j < 5; j++)); do
        archive=$here/$([ $(((i + j) % 2)) = 0 ] && echo a || echo b)
        "$DEVBOX" image import "$archive.tar" >/dev/null 2>"$here/import.$i" || echo import
        [ "$("$DEVBOX" run -p "${archive##*/}" -- /bin/hold </dev/null 2>&1)" = $'ready\nsame' ] || echo run
      done >"$here/failed.$i"
    ) &
    pids+=($!)
  done
  wait "${pids[@]}"
  : >"$here/stop"
  wait "$loop"
  same "what failed" "" "$(cat "$here"/failed.* "$here/gc.failed" 2>/dev/null)"
  store_is_whole
}

# With one that removes all that it may: a run has its image, or hears that it is not there.
check_removals_in_a_loop_leave_every_run_whole_or_refused() {
  local i loop whole=0 refused=0
  archive "$here/a.tar" a
  imported "$here/a.tar"
  (while [ ! -e "$here/stop" ]; do "$DEVBOX" image gc --keep-days 0 2>>"$here/gc" || echo failed >>"$here/gc.failed"; done) &
  loop=$!
  for ((i = 0; i < 40; i++)); do
    image import "$here/a.tar"
    same "import $i" 0 "$status"
    capture "$DEVBOX" run -p a -- /bin/hold
    if [ "$status:$out" = $'0:ready\nsame' ]; then
      whole=$((whole + 1))
    elif [ "$status" = 125 ] && [[ "$err" == *"is not unpacked yet"* ]]; then
      refused=$((refused + 1))
    else
      wrong "run $i" "$status" "$out" "$err"
    fi
  done
  : >"$here/stop"
  wait "$loop"
  same "what failed" "" "$(cat "$here/gc.failed" 2>/dev/null)"
  same "runs" 40 $((whole + refused))
  store_is_whole
}

check_sixteen_imports_of_two_images_at_once() {
  local i pids=()
  archive "$here/a.tar" a && archive "$here/b.tar" b
  for ((i = 0; i < 16; i++)); do
    "$DEVBOX" image import "$here/$([ $((i % 2)) = 0 ] && echo a || echo b).tar" >/dev/null 2>"$here/err.$i" </dev/null &
    pids+=($!)
  done
  for i in "${!pids[@]}"; do wait "${pids[$i]}" || wrong "import $i failed" "$(cat "$here/err.$i")"; done
  same "trees" 2 "$(names trees | wc -l)"
  image gc --dry-run --json
  same "files that nobody has" 0 "$(json 'a["unused_files"]')"
  true_that "the files are one" [ "$(inode "$(root_of "$here/a.tar")/data/twin")" = "$(inode "$(root_of "$here/b.tar")/data/twin")" ]
  store_is_whole
  imported "$here/a.tar" && imported "$here/b.tar"
}

# on_tmpfs OPTIONS SCRIPT: runs it with the store on a tmpfs with these options; $a, $b are archives.
on_tmpfs() {
  mkdir -p "$(data)"
  capture unshare --user --map-current-user --keep-caps --mount bash -c '
    mount -t tmpfs -o "$1" tmpfs "$2" || exit 99
    devbox=$3 data=$2 a=$4/a.tar b=$4/b.tar
    eval "$5"' bash "$1" "$(data)" "$DEVBOX" "$here" "$2"
  true_that "a tmpfs can be mounted" [ "$status" != 99 ]
}

check_a_small_disk_holds_an_image_or_says_that_it_is_full() {
  local size
  archive "$here/a.tar" a && archive "$here/b.tar" b
  pin "$here/a.tar"
  for size in size=256k size=1m size=2m size=3m size=6m size=12m nr_inodes=30 nr_inodes=100 nr_inodes=400; do
    on_tmpfs "$size" '
      for archive in "$a" "$b"; do
        "$devbox" image import "$archive" >/dev/null 2>err || { grep -q "No space left on device" err || cat err; }
        ls -A "$data/staging" 2>/dev/null
        "$devbox" image verify >verified || cat verified
        for root in "$data"/trees/*/root; do
          [ ! -e "$root" ] || cmp "$root/data/same" "$root/data/link"
        done
      done
      if "$devbox" image ls 2>/dev/null | grep -q "tar:$a"; then
        "$devbox" run -p a -- /bin/hold </dev/null >ran 2>&1 || cat ran
      fi
      head -c 20m /dev/zero >"$data/full" 2>/dev/null
      "$devbox" image gc --max-size 0 2>err || cat err
      ls -A "$data/trees" "$data/sources" "$data/staging" 2>/dev/null | grep -v -e : -e "^$"
      find "$data/files" -type f 2>/dev/null'
    same "what is wrong on $size" "" "$out$err"
  done
}

check_a_full_disk_is_cleaned_up() {
  archive "$here/a.tar" a && archive "$here/b.tar" b
  on_tmpfs size=40m '
    "$devbox" image import "$a" >/dev/null 2>&1 && "$devbox" image import "$b" >/dev/null 2>&1 || echo import
    head -c 80m /dev/zero >"$data/full" 2>/dev/null
    : >"$data/x" && echo x >"$data/x" 2>/dev/null && echo "it is not full"
    "$devbox" image rm "tar:$a" 2>err || cat err
    "$devbox" image gc --keep-days 0 2>err || cat err
    ls -A "$data/trees" "$data/sources" "$data/staging" | grep -v -e : -e "^$"
    find "$data/files" -type f
    rm "$data/full"
    "$devbox" image import "$a" >/dev/null 2>&1 || echo "import after"'
  same "what is wrong" "" "$out"
}

check_a_read_only_store_is_run_from_and_not_changed() {
  archive "$here/a.tar" a && archive "$here/b.tar" b
  pin "$here/a.tar"
  on_tmpfs size=40m '
    "$devbox" image import "$a" >/dev/null 2>&1
    touch -d "-9 days" "$data"/trees/*
    mount -o remount,ro "$data"
    "$devbox" run -p a -- /bin/hold </dev/null || echo "status $?"
    "$devbox" image ls >/dev/null && "$devbox" image du >/dev/null && "$devbox" image verify >/dev/null || echo "reading"
    for verb in "import $b" "rm tar:$a" "gc --keep-days 0"; do
      "$devbox" image $verb >/dev/null 2>err && echo "no error: $verb"
      grep -q "Read-only file system" err || cat err
    done
    ls "$data/trees" | wc -l'
  same "what it says" $'ready\nsame\n1' "$out"
  same "errors" "" "$err"
}

run_checks "$@"
