#!/usr/bin/env bash
# Pulls when something goes wrong: small disks, many at once, and a kill at each stage.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/store_lib.sh"
. "$(dirname "$0")/image_lib.sh"
needs strace

# --- Small disks ---

# on_tmpfs OPTIONS SCRIPT: runs it with the store on a tmpfs with these options; $data is the store.
on_tmpfs() {
  mkdir -p "$(data)"
  capture unshare --user --map-current-user --keep-caps --mount bash -c '
    mount -t tmpfs -o "$1" tmpfs "$2" || exit 99
    devbox=$3 data=$2
    eval "$4"' bash "$1" "$(data)" "$DEVBOX" "$2"
  true_that "a tmpfs can be mounted" [ "$status" != 99 ]
}

# What a pull on too small a disk must say and leave; with room it works.
readonly pulls_on_a_small_disk='
  "$devbox" pull -p box >root 2>err && echo fits >>fits || {
    grep -q "No space left on device" err || cat err
    grep -q "there was room for [0-9.]* [MB files]* in $data" err || grep -q "cannot make" err || cat err
    ls -A "$data/trees" "$data/sources" 2>/dev/null | grep -v -e : -e "^$"
  }
  ls -A "$data/staging" 2>/dev/null
  "$devbox" image verify >verified || cat verified
  if [ -s root ]; then "$devbox" run -p box -- /bin/hold </dev/null >ran 2>&1 || cat ran; fi
  mount -o remount,size=64m,nr_inodes=10000 "$data"
  "$devbox" pull -p box >/dev/null 2>err || cat err
  "$devbox" image verify >verified || cat verified
  "$devbox" run -p box -- /bin/hold </dev/null >ran 2>&1 || cat ran
  "$devbox" image gc --max-size 0 2>err || cat err
  ls -A "$data/trees" "$data/sources" "$data/staging" 2>/dev/null | grep -v -e : -e "^$"'

check_a_pull_onto_a_small_disk_fits_or_says_how_much_room_there_was_and_then_works() {
  local size source
  layout
  registry
  push one
  for source in "docker://127.0.0.1:$port/team/one:1" "oci:$here/layout:one"; do
    from "$source"
    lock
    same "the status of the lock" 0 "$status" || wrong "$err"
    rm -f fits
    for size in size=128k size=256k size=512k size=1m size=2m size=3m size=6m size=12m nr_inodes=10 nr_inodes=20 nr_inodes=40 nr_inodes=80; do
      on_tmpfs "$size" "$pulls_on_a_small_disk"
      same "what is wrong with $source on $size" "" "$out$err"
    done
    true_that "it fits some" [ -s fits ]
    true_that "and not all" [ "$(wc -l <fits)" -lt 12 ]
  done
  end_registry
}

# --- Many at once ---

check_sixteen_pulls_at_once_of_four_images_make_one_tree_of_each() {
  local i name pids=() names=(one base upper taller)
  layout
  registry
  for name in "${names[@]}"; do
    push "$name"
    printf 'schema = 1\n[image]\nsource = "docker://127.0.0.1:%s/team/%s:1"\n' "$port" "$name" >"$profiles/$name.toml"
    capture "$DEVBOX" lock -p "$name"
    same "the status of the lock of $name" 0 "$status" || wrong "$err"
  done
  for name in "${names[@]}"; do image rm "docker://127.0.0.1:$port/team/$name:1"; done
  image gc
  same "the trees before" "" "$(names trees)"
  for ((i = 0; i < 16; i++)); do
    "$DEVBOX" pull -p "${names[$((i % 4))]}" >"$here/pull.$i" 2>"$here/pull.$i.err" </dev/null &
    pids+=($!)
  done
  for ((i = 0; i < 16; i++)); do
    wait "${pids[i]}" || wrong "pull $i failed: $(cat "$here/pull.$i.err")"
    same "the tree of pull $i" "$(cat "$here/pull.$((i % 4))")" "$(cat "$here/pull.$i")"
  done
  same "the trees" 4 "$(names trees | wc -l)"
  same "a file that two have" 1 "$(stat -c %i "$(cat "$here/pull.1")/bin/hold" "$(cat "$here/pull.2")/bin/hold" | sort -u | wc -l)"
  store_is_whole "after sixteen pulls"
  end_registry
}

# --- Kills ---

# pinned: the image "one" from a registry, locked and not here; $digest is that of its tree.
pinned() {
  layout
  registry
  push one
  locked "docker://127.0.0.1:$port/team/one:1"
  digest=$(basename "$(dirname "$root")")
  image rm "docker://127.0.0.1:$port/team/one:1"
  image gc
}

# is_whole_after WHAT: the old state or the new one, and a pull that nobody kills works.
is_whole_after() {
  eventually "nothing of devbox-image lives after $1" none_with "devbox-image pull $HOME"
  eventually "nothing of devbox-image lives after $1" none_with "devbox-image assemble $HOME"
  same "the trees after $1" "${2:-}" "$(names trees)"
  store_is_whole "after $1"
  pull
  same "the status of a pull after $1" 0 "$status" || wrong "$err"
  same "the tree of a pull after $1" "$root" "$out"
  image rm "docker://127.0.0.1:$port/team/one:1"
  image gc
}

# Each of devbox's own calls on the way is the last that it reaches.
check_a_kill_of_devbox_at_each_of_its_steps_leaves_the_store_whole() {
  local point trees
  pinned
  for point in mkdirat:1 clone3:1 poll:1 poll:8 clone3:2 syncfs:1 symlinkat:1 renameat:1 renameat:2 renameat:3 fsync:1 exit_group:1; do
    strace -qq -o "$here/trace" -e "trace=${point%:*}" -e "inject=${point%:*}:signal=KILL:when=${point#*:}" \
      "$DEVBOX" pull -p box >/dev/null 2>"$here/err" </dev/null
    status=$?
    same "the status of strace for $point" 137 "$status" || wrong "$(cat "$here/err")"
    case $point in renameat:2 | renameat:3 | fsync:1 | exit_group:1) trees=$digest ;; *) trees= ;; esac
    is_whole_after "$point" "$trees"
  done
  end_registry
}

# stop_at SYSCALL N COMMAND: a pull, $devbox, one of whose processes is stopped where it makes that call
# for the Nth time: $stopped, which must be devbox-image COMMAND.
stop_at() {
  rm -f "$here/trace" "$here/ended" "$here/pid"
  strace -qq -f -o "$here/trace" -e "trace=$1" -e "inject=$1:signal=STOP:when=$2" \
    sh -c 'echo $$ >"$1" && exec "$2" pull -p box' - "$here/pid" "$DEVBOX" >/dev/null 2>"$here/err" </dev/null &
  tracer=$!
  eventually "a process is stopped at $1" grep -qs "stopped by SIGSTOP" "$here/trace"
  devbox=$(cat "$here/pid")
  stopped=$(sed -n 's/^\([0-9]*\) .*stopped by SIGSTOP.*/\1/p' "$here/trace" | head -1)
  holds "the process that is stopped at $1" "$(tr '\0' ' ' <"/proc/$stopped/cmdline")" "devbox-image $3 "
}

# stage SYSCALL[:N] COMMAND: devbox is killed where that process has come so far; and so is the process.
stage() {
  local call=${1%:*} when=${1#*:} tracer devbox stopped
  [ "$when" != "$1" ] || when=1
  stop_at "$call" "$when" "$2"
  kill -KILL "$devbox"
  eventually "what $2 was doing at $call ended" is_gone "$stopped"
  ended "$tracer"
  is_whole_after "a kill of devbox where $2 was at $call"
  stop_at "$call" "$when" "$2"
  kill -KILL "$tracer"
  ended "$tracer"
  kill -KILL "$stopped"
  kill -CONT $(sed -n 's/^\([0-9]*\) .*stopped by SIGSTOP.*/\1/p' "$here/trace") 2>/dev/null  # others of its kind
  eventually "devbox ended after a kill of $2 at $call" is_gone "$devbox"
  holds "what is said of a kill of $2 at $call" "$(cat "$here/err")" "devbox: cannot"
  is_whole_after "a kill of $2 at $call"
}

check_a_kill_at_each_stage_of_devbox_image_leaves_the_store_whole() {
  pinned
  stage connect pull     # fetching
  stage utimensat layer  # unpacking
  stage renameat assemble
  stage rename pull      # the logs of the layers are kept
  stage linkat:3 share
  end_registry
}

run_checks "$@"
