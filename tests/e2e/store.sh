#!/usr/bin/env bash
# The store: what images share, what goes and what stays, and what becomes of it when something goes
# wrong.
. "$(dirname "$0")/lib.sh"
needs gcc python3

# The program of the small images. hold: says "ready", reads its input to the end, and says what
# /data/same begins with. fds: which descriptors above 2 are open.
compile hold <<'END'
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
int main(int argc, char** argv) {
  char bytes[5] = "";
  if (argc > 1 && strcmp(argv[1], "fds") == 0) {
    for (int fd = 3; fd < 4096; ++fd)
      if (fcntl(fd, F_GETFD) >= 0) printf("%d\n", fd);
    return 0;
  }
  write(1, "ready\n", 6);
  while (read(0, bytes, 1) > 0) {}
  int fd = open("/data/same", O_RDONLY);
  memset(bytes, 0, sizeof bytes);
  if (fd < 0 || read(fd, bytes, 4) != 4) return 3;
  puts(bytes);
  return 0;
}
END

# archive FILE MARK: a root filesystem of 1 MB with that program: /data/same, twin, link and many are
# equal in all of them, /data/own is not.
archive() {
  local root=$here/root.$2 i
  if [ ! -e "$here/same" ]; then
    { printf same; head -c 500000 /dev/urandom; } >"$here/same"
    head -c 30000 /dev/urandom >"$here/many"
  fi
  mkdir -p "$root"/{bin,etc,data/many,proc,dev,tmp,run,sys,home}
  cp "$helpers/hold" "$root/bin/hold"
  cp "$here/same" "$root/data/same"
  cp "$here/same" "$root/data/twin"
  ln -f "$root/data/same" "$root/data/link"
  : >"$root/data/empty"
  echo "$2" >"$root/data/own"
  for ((i = 0; i < 50; i++)); do { echo "$i" && cat "$here/many"; } >"$root/data/many/$i"; done
  find "$root" -exec touch -h -d @1000000000 {} +
  tar -C "$root" --sort=name -cf "$1" .
}

data() { echo "$HOME/.local/share/devbox"; }
names() { ls -A "$(data)/$1" 2>/dev/null; }
image() { capture "$DEVBOX" image "$@"; }
json() { python3 -c "import json,sys; a=json.load(sys.stdin); print($1)" <<<"$out"; }
sha256() { sha256sum "$1" | cut -d' ' -f1; }
inode() { stat -c %i "$1"; }

# imported FILE: imports it, and is the profile that runs on it.
imported() {
  image import "$1"
  same "the import of $1" 0 "$status"
  pin "$1"
}
pin() {
  local name=${1##*/}
  printf 'schema = 1\n[image]\nsource = "tar:%s"\ndigest = "sha256:%s"\n' "$1" "$(sha256 "$1")" \
    >"$profiles/${name%.tar}.toml"
}

# root_of FILE: the tree that it became.
root_of() { echo "$(data)/trees/$(readlink "$(data)/sources/tar-$(sha256 "$1")")/root"; }

# hold PROFILE: a box that runs until `release`.
hold() {
  mkfifo "$here/hold"
  "$DEVBOX" run -p "$1" -- /bin/hold <"$here/hold" >"$here/held" 2>&1 &
  held=$!
  exec 9>"$here/hold"
  eventually "the box is there" grep -q ready "$here/held"
}
release() {
  exec 9>&-
  ended "$held"
  same "the status of the box" 0 "$status"
  same "what it read at its end" $'ready\nsame' "$(cat "$here/held")"
  rm "$here/hold"
}

# Every image is as it was unpacked, and nothing is left over.
store_is_whole() {
  image verify
  same "the status of verify${1:+ $1}" 0 "$status"
  lacks "what verify says${1:+ $1}" "$out" differ
  image gc
  same "staging${1:+ $1}" "" "$(names staging)"
}

# flip FILE: one byte, with size, mode and time kept.
flip() {
  python3 - "$1" <<'PY'
import os, sys
path = sys.argv[1]
st = os.stat(path)
os.chmod(path, 0o600)
with open(path, "r+b") as file:
    file.seek(1000)
    byte = file.read(1)[0]
    file.seek(1000)
    file.write(bytes([byte ^ 1]))
os.chmod(path, st.st_mode & 0o7777)
os.utime(path, ns=(st.st_atime_ns, st.st_mtime_ns))
PY
}

check_two_images_share_what_they_have_in_common_and_neither_has_a_double() {
  archive "$here/a.tar" a && archive "$here/b.tar" b
  imported "$here/a.tar" && imported "$here/b.tar"
  local a b
  a=$(root_of "$here/a.tar") b=$(root_of "$here/b.tar")
  same "the same file" "$(inode "$a/data/same")" "$(inode "$b/data/same")"
  same "its twin" "$(inode "$a/data/twin")" "$(inode "$b/data/twin")"
  same "what the image links" "$(inode "$a/data/same")" "$(inode "$a/data/link")"
  true_that "the twins are two" [ "$(inode "$a/data/same")" != "$(inode "$a/data/twin")" ]
  true_that "what differs is two" [ "$(inode "$a/data/own")" != "$(inode "$b/data/own")" ]
  true_that "an empty file is two" [ "$(inode "$a/data/empty")" != "$(inode "$b/data/empty")" ]
  same "what differs" "$here/root.a/data/own" "$(diff -rq "$here/root.a" "$b" | awk '{print $2}')"
  same "times of directories" 0 "$(find "$a" "$b" -type d ! -newermt @1000000001 | wc -l | awk -v n="$(find "$a" "$b" -type d | wc -l)" '{print n - $1}')"
  image du --json
  same "who has what" "True True" \
    "$(json 'all(i["shared"] > 1000000 for i in a["images"]), all(i["own"] < 500000 for i in a["images"])' | tr -d '(),')"
  same "the total" True "$(json 'a["total"] == sum(i["own"] for i in a["images"]) + a["images"][0]["shared"]')"
  image du
  holds "in words" "$out" "all of it, each file once"
  image rm "tar:$here/a.tar"
  same "the status of rm" 0 "$status"
  true_that "the other is whole" diff -r "$here/root.b" "$b"
  store_is_whole
}

check_what_a_box_runs_on_stays_and_goes_after() {
  archive "$here/a.tar" a
  imported "$here/a.tar"
  local digest
  digest=$(sha256 "$here/a.tar")
  hold a
  image rm "$digest"
  same "the status of rm" 1 "$status"
  holds "what rm says" "$err" "$digest stays: a box runs on it"
  image gc --keep-days 0
  holds "what gc says" "$err" "stays: tar:$here/a.tar (in use)"
  image gc --max-size 0 --json
  same "what gc kept" "tar:$here/a.tar" "$(json 'a["kept"][0]["sources"][0]')"
  same "what gc removed" "[]" "$(json 'a["removed"]')"
  image du --json
  same "in use" "True 0" "$(json 'str(a["images"][0]["in_use"]) + " " + str(a["images"][0]["freed_by_rm"])')"
  release
  image gc --keep-days 0 --dry-run
  holds "what it would do" "$err" "would go: tar:$here/a.tar"
  same "trees after a dry run" 1 "$(names trees | wc -l)"
  image gc --keep-days 0
  holds "what gc says after" "$err" "removed: tar:$here/a.tar"
  for part in trees sources about staging; do same "$part after" "" "$(names $part)"; done
  same "files after" "" "$(find "$(data)/files" -type f)"
}

check_the_lock_does_not_reach_the_box_and_ends_with_its_waiter() {
  archive "$here/a.tar" a
  imported "$here/a.tar"
  capture "$DEVBOX" run -p a -- /bin/hold fds
  same "descriptors inside" "" "$out"
  hold a
  kill -KILL "$held"
  wait "$held" 2>/dev/null
  exec 9>&-
  eventually "it can be removed" "$DEVBOX" image rm "tar:$here/a.tar" 2>/dev/null
}

check_an_image_is_named_by_its_source_or_a_digest() {
  archive "$here/a.tar" a && gzip -k "$here/a.tar"
  imported "$here/a.tar" && imported "$here/a.tar.gz"
  image rm tar:/none
  same "the status of none" 1 "$status"
  same "the message" $'devbox: the store has no image tar:/none\n  hint: `devbox image ls` lists what it has' "$err"
  image rm "$(sha256 "$here/a.tar" | head -c 12)"
  holds "one of two sources" "$err" "its tree stays, as another source leads to it"
  same "trees" 1 "$(names trees | wc -l)"
  same "sources" 1 "$(names sources | wc -l)"
  image rm "sha256:$(names trees)" --json
  same "what it says" removed "$(json 'a[0]["outcome"]')"
  same "trees after" "" "$(names trees)"
  same "sources after" "" "$(names sources)"
}

check_gc_removes_what_was_not_used_for_so_long() {
  archive "$here/a.tar" a && archive "$here/b.tar" b && archive "$here/c.tar" c
  imported "$here/a.tar" && imported "$here/b.tar" && imported "$here/c.tar"
  touch -d '-9 days' "$(root_of "$here/a.tar")/.." "$(root_of "$here/b.tar")/.."
  capture "$DEVBOX" run -p b -- /bin/hold
  same "the box" 0 "$status"
  image gc
  same "without a limit" 3 "$(names trees | wc -l)"
  image gc --keep-days 8
  same "sources after" "$(printf 'tar-%s\n' "$(sha256 "$here/b.tar")" "$(sha256 "$here/c.tar")" | sort)" "$(names sources)"
  touch -d '-2 days' "$(root_of "$here/c.tar")/.."
  image du --json
  image gc --max-size $(($(json 'a["total"]') - 1))
  same "the one that was used last" "tar-$(sha256 "$here/b.tar")" "$(names sources)"
  for wrong in --keep-days=x --max-size=x --max-size=1.5GiB --keep-days=-1; do
    image gc $wrong
    same "the status of $wrong" 2 "$status"
  done
}

check_a_flipped_byte_is_found_and_mended_in_every_image_that_shares_it() {
  archive "$here/a.tar" a && archive "$here/b.tar" b
  imported "$here/a.tar" && imported "$here/b.tar"
  flip "$(root_of "$here/a.tar")/data/same"
  image verify "tar:$here/a.tar"
  same "the status" 1 "$status"
  same "what differs" "tar:$here/a.tar: 2 differ"$'\n  data/link: content\n  data/same: content' "$out"
  image verify --json
  same "in both" 4 "$(json 'sum(len(i["differences"]) for i in a)')"
  hold a
  image verify --repair "tar:$here/a.tar"
  same "the status of the repair" 0 "$status"
  holds "what it says" "$err" "tar:$here/a.tar is mended"
  holds "of the other" "$err" "tar:$here/b.tar is mended"
  true_that "the files are one" [ "$(inode "$(root_of "$here/a.tar")/data/same")" = "$(inode "$(root_of "$here/b.tar")/data/same")" ]
  release
  store_is_whole "after the repair"
  same "roots" 2 "$(find "$(data)/trees" -mindepth 2 -maxdepth 2 -type d | wc -l)"
}

check_an_import_does_not_take_a_damaged_file() {
  archive "$here/a.tar" a && archive "$here/b.tar" b
  imported "$here/a.tar"
  flip "$(root_of "$here/a.tar")/data/same"
  imported "$here/b.tar"
  image verify "tar:$here/b.tar"
  same "the new one" 0 "$status"
  rm "$here/a.tar"
  image verify --repair
  same "the old one, mended from the new one" 0 "$status"
  store_is_whole
}

check_every_kind_of_damage_is_mended_from_the_archive() {
  archive "$here/a.tar" a
  imported "$here/a.tar"
  local root
  root=$(root_of "$here/a.tar")
  chmod -R u+w "$root" && rm "$root/data/own" && echo new >"$root/data/new" && rm -r "$root/tmp" &&
    ln -s /etc "$root/tmp" && chmod 777 "$root/data/twin" && rm "$root/data/link" && cp "$root/data/same" "$root/data/link"
  image verify
  same "the status" 1 "$status"
  for line in "data/own: missing" "data/new: new" "tmp: type" "data/twin: mode" "data/link: "; do
    holds "what differs" "$out" "  $line"
  done
  image verify --repair
  same "the status of the repair" 0 "$status"
  true_that "it is as it was" diff -r --no-dereference "$here/root.a" "$root"
  chmod u+w "$root/../manifest" && echo x >>"$root/../manifest"
  image verify
  holds "a damaged manifest" "$out" "  .: manifest"
  image verify --repair
  same "the status of its repair" 0 "$status"
  store_is_whole
}

check_what_cannot_be_repaired_says_why_and_stays() {
  archive "$here/a.tar" a
  imported "$here/a.tar"
  mv "$here/a.tar" "$here/gone.tar"
  local root=$(data)/trees/$(names trees)/root
  flip "$root/data/twin"
  image verify --repair
  same "the status without the archive" 1 "$status"
  holds "what it says" "$err" "cannot repair tar:$here/a.tar: cannot open $here/a.tar: No such file or directory"
  archive "$here/a.tar" other
  image verify --repair
  same "the status with another one" 1 "$status"
  holds "what it says" "$err" "is not the archive that the store pins"
  sed -i 's,"tar:,"debian:,' "$(data)"/about/*.json
  image verify --repair --json
  same "the status with another source" 1 "$status"
  same "what it says" "what debian:$here/a.tar was made from is not kept" "$(json 'a[0]["why_not"]')"
  true_that "the tree is there" [ -x "$root/bin/hold" ]
  same "staging" "" "$(names staging)"
}

check_a_kill_of_an_import_at_any_moment_a_hundred_times_leaves_it_whole() {
  local i pid image
  archive "$here/a.tar" a && archive "$here/b.tar" b
  imported "$here/a.tar"
  for ((i = 0; i < 100; i++)); do
    "$DEVBOX" image import "$here/b.tar" >/dev/null 2>&1 </dev/null &
    pid=$!
    sleep "0.$(printf '%03d' $((RANDOM % 120)))"
    if [ $((i % 3)) = 0 ]; then
      for image in $(processes_with " $(data)"); do kill -KILL "$image" 2>/dev/null; done
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

check_gc_follows_no_link_that_was_planted() {
  local hex
  archive "$here/a.tar" a
  imported "$here/a.tar"
  mkdir -p "$here/outside/root/deep" && echo precious >"$here/outside/root/deep/file" && ln "$here/outside/root/deep/file" "$here/outside/second"
  hex=$(printf 'c%.0s' {1..64})
  ln -s "$here/outside" "$(data)/trees/$hex"
  ln -s "$hex" "$(data)/sources/tar-$hex"
  ln -s "$here/outside" "$(data)/staging/link"
  ln -s "$here/outside" "$(data)/files/zz"
  mv "$(data)/files/00" "$here/zero" 2>/dev/null || mkdir "$here/zero"
  ln -s "$here/outside/root/deep" "$(data)/files/00"
  ln -s "$here/outside/root/deep/file" "$(data)/files/$(ls "$(data)/files" | head -n 2 | tail -n 1)/link"
  before=$(find "$here/outside" -printf '%p %y %m %n %s %C@\n' | sort)
  for verb in gc du verify "verify --repair" "gc --keep-days 0" "gc --max-size 0" "rm $hex"; do
    image $verb
    [ "${verb%% *}" = rm ] || same "the status of $verb" 0 "$status"
    same "what is outside after $verb" "$before" "$(find "$here/outside" -printf '%p %y %m %n %s %C@\n' | sort)"
  done
}

check_a_store_from_before_files_were_shared_works() {
  archive "$here/a.tar" a && archive "$here/b.tar" b
  imported "$here/a.tar"
  chmod -R u+w "$(data)/files" && rm -r "$(data)/files"
  image verify && same "verify" 0 "$status"
  image gc && same "gc" 0 "$status"
  capture "$DEVBOX" run -p a -- /bin/hold
  same "a box" 0 "$status"
  imported "$here/b.tar"
  store_is_whole
  image rm "tar:$here/a.tar" && same "rm" 0 "$status"
}

check_a_tree_from_before_files_were_shared_shares_once_it_is_imported_again() {
  archive "$here/a.tar" a && archive "$here/b.tar" b
  imported "$here/a.tar"
  chmod -R u+w "$(data)/files" && rm -r "$(data)/files"
  imported "$here/a.tar" && imported "$here/b.tar"
  true_that "the files are one" [ "$(inode "$(root_of "$here/a.tar")/data/twin")" = "$(inode "$(root_of "$here/b.tar")/data/twin")" ]
  store_is_whole
}

check_a_newer_store_is_left_alone() {
  archive "$here/a.tar" a
  imported "$here/a.tar"
  echo 2 >"$(data)/version"
  for verb in ls du gc "gc --keep-days 0" verify "verify --repair" "rm tar:$here/a.tar"; do
    image $verb
    same "the status of $verb" 1 "$status"
    holds "what $verb says" "$err" "has the format 2, and this devbox knows format 1"
  done
  true_that "the tree is there" [ -x "$(root_of "$here/a.tar")/bin/hold" ]
}

run_checks "$@"
