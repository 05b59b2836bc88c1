#!/usr/bin/env bash
# Archives into the store: what may be in them, and what may go wrong meanwhile.
. "$(dirname "$0")/lib.sh"
needs python3 xz zstd gzip

# The test tree as an archive, made once; small ones are made by the checks.
readonly whole=$work/tree.tar
make_whole() { [ -e "$whole" ] || tar -C "$tree" -cf "$whole" . 2>/dev/null; }

# The store's three directories. A name that begins with a dot is not visible.
data() { echo "$HOME/.local/share/devbox"; }
trees() { ls "$(data)/trees" 2>/dev/null; }
sources() { ls "$(data)/sources" 2>/dev/null; }
staged() { ls -A "$(data)/staging" 2>/dev/null; }
nothing_in_store() { same "$1: trees" "" "$(trees)"; same "$1: sources" "" "$(sources)"; }
nothing_left() { nothing_in_store "$1"; same "$1: staging" "" "$(staged)"; }

sha256() { sha256sum "$1" | cut -d' ' -f1; }
import() { capture "$DEVBOX" image import "$@"; }

# pinned NAME FILE SHA256
pinned() {
  printf 'schema = 1\n[image]\nsource = "tar:%s"\ndigest = "sha256:%s"\n' "$2" "$3" >"$profiles/$1.toml"
}

# small_archive FILE: a few directories and files of 1 MB in all.
small_archive() {
  mkdir -p "$here/small/usr/share/deep"
  head -c 1000000 /dev/urandom >"$here/small/usr/share/deep/file"
  for i in $(seq 200); do echo "$i" >"$here/small/usr/share/$i"; done
  tar -C "$here/small" -cf "$1" .
}

check_a_pinned_tree_is_pulled_entered_and_never_changes() {
  local digest before
  make_whole
  digest=$(sha256 "$whole")
  pinned tar "$whole" "$digest"
  refuses 125 $'devbox: the image tar:'"$whole"$' is not unpacked yet\n  hint: '"\`devbox pull -p $profiles/tar.toml\` unpacks it" \
    "$DEVBOX" run -p tar -- true
  nothing_left "after run"
  capture "$DEVBOX" pull -p tar
  same "the status of pull" 0 "$status"
  true_that "pull prints the root" [ -x "$out/usr/bin/bash" ]
  before=$(find "$out" -printf '%p %y %m %s %n %l %T@ %C@\n' | sort | sha256sum)
  root=$out
  capture "$DEVBOX" run -p tar -- sh -c 'g++ --version | head -n 1; echo x >/etc/new'
  holds "the compiler inside" "$out" "g++"
  holds "what writing says" "$err" "Read-only file system"
  same "the tree after" "$before" "$(find "$root" -printf '%p %y %m %s %n %l %T@ %C@\n' | sort | sha256sum)"
  capture "$DEVBOX" pull -p tar
  same "a second pull" "$root" "$out"
}

check_one_tree_has_one_digest_however_it_is_compressed() {
  local file
  small_archive "$here/a.tar"
  gzip -k "$here/a.tar" && xz -k "$here/a.tar" && zstd -q "$here/a.tar"
  for file in "$here"/a.tar{,.gz,.xz,.zst} "$here/a.tar"; do
    import "$file"
    same "the status of $file" 0 "$status"
    same "what pins it" $'source = "tar:'"$file"$'"\ndigest = "sha256:'"$(sha256 "$file")\"" "$out"
  done
  same "trees" 1 "$(trees | wc -l)"
  same "sources" 4 "$(sources | wc -l)"
  same "staging" "" "$(staged)"
  capture "$DEVBOX" image ls --json
  same "digests" 4 "$(python3 -c 'import json,sys; print(len({i["archive"] for i in json.load(sys.stdin)}))' <<<"$out")"
  capture "$DEVBOX" image ls
  for file in "$here"/a.tar{,.gz,.xz,.zst}; do holds "the list" "$out" "$(sha256 "$file")"; done
}

check_an_archive_that_is_not_the_pinned_one_is_refused() {
  local wrong
  small_archive "$here/a.tar"
  wrong=$(printf '0%.0s' {1..64})
  pinned tar "$here/a.tar" "$wrong"
  capture "$DEVBOX" pull -p tar
  same "the status" 1 "$status"
  holds "the digest that it has" "$err" "sha256:$(sha256 "$here/a.tar")"
  holds "the digest that is wanted" "$err" "sha256:$wrong"
  nothing_left "after a wrong pin"
  pinned tar "$here/b.tar" "$(sha256 "$here/a.tar")"
  local change
  for change in "head -c -1 '$here/a.tar'" "cat '$here/a.tar'; printf x" "tr 7 8 <'$here/a.tar'"; do
    sh -c "$change" >"$here/b.tar"
    capture "$DEVBOX" pull -p tar
    same "the status after $change" 1 "$status"
    holds "the reason after $change" "$err" "is not the archive that the profile pins"
  done
  nothing_left "after changed archives"
}

check_an_archive_without_a_pin_is_refused_with_the_command_that_pins() {
  printf 'schema = 1\n[image]\nsource = "tar:%s"\n' "$here/a.tar" >"$profiles/tar.toml"
  refuses 125 "devbox: the image tar:$here/a.tar is not pinned: there is no $profiles/tar.lock.toml
  hint: \`devbox lock -p $profiles/tar.toml\` writes it" "$DEVBOX" run -p tar -- true
}

check_hostile_archives_leave_nothing() {
  mkdir "$here/outside" && echo secret >"$here/outside/secret"
  python3 - "$here" <<'PY'
import io, sys, tarfile
here = sys.argv[1]
outside = here + "/outside"
def archive(name, *members, format=tarfile.PAX_FORMAT):
    with tarfile.open(f"{here}/hostile-{name}.tar", "w", format=format) as tar:
        for kind, member, text in (("file", "innocent", "x"),) + members:
            info = tarfile.TarInfo(member)
            if kind == "file":
                data = text.encode()
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
                continue
            info.type = {"link": tarfile.SYMTYPE, "hard": tarfile.LNKTYPE}[kind]
            info.linkname = text
            tar.addfile(info)
archive("climbs", ("file", "../../../../outside/new", "x"))
archive("below", ("link", "l", outside), ("file", "l/new", "x"))
archive("below-relative", ("link", "l", "../../../../../../../.." + outside), ("file", "l/new", "x"))
archive("hard", ("hard", "h", "../../../../outside/secret"))
archive("hard-absolute", ("hard", "h", outside + "/secret"))
archive("hard-below", ("link", "l", outside), ("hard", "h", "l/secret"))
archive("escape", ("file", "../\x1b]0;owned\x07\x1b[31m", "x"))
archive("escape-gnu", ("file", "../\x1b[2J", "x"), format=tarfile.GNU_FORMAT)
archive("long", ("file", "n" * 256, "x"))
PY
  printf 'not a tar' >"$here/hostile-text.tar"
  : >"$here/hostile-empty.tar"
  head -c 100000 /dev/urandom >"$here/hostile-noise.tar"
  head -c 1000000 /dev/zero | gzip >"$here/hostile-zeros.tar"
  tar -C "$tests" -cf - . | head -c 20000 >"$here/hostile-cut.tar"
  tar -C "$tests" -cf - . | gzip | head -c 5000 >"$here/hostile-cut-gz.tar"
  tar -C "$tests" -cf - . | gzip | xz >"$here/hostile-twice.tar"
  local file
  for file in "$here"/hostile-*.tar; do
    import "$file"
    same "the status of $file" 1 "$status"
    holds "the message about $file" "$err" "cannot import $file: "
    true_that "no control character is in it" [ "$(tr -d '\n' <<<"$err")" = "$(tr -d '\n[:cntrl:]' <<<"$err")" ]
    same "the output" "" "$out"
  done
  same "outside" secret "$(ls "$here/outside")"
  same "links to what is outside" 1 "$(stat -c %h "$here/outside/secret")"
  nothing_left "after hostile archives"
}

check_what_is_no_file_is_refused_without_waiting() {
  mkfifo "$here/fifo"
  local file
  for file in "$here/fifo" "$here" /dev/zero "$here/none"; do
    import "$file"
    same "the status of $file" 1 "$status"
    holds "the message" "$err" "$file"
  done
  nothing_left "after them"
}

none_unpacks() { none_with "unpack $(data)/staging"; }

# Old or new: every source that is visible leads to a whole tree.
store_is_whole() {
  local source root
  for source in $(sources); do
    root=$(data)/trees/$(readlink "$(data)/sources/$source")/root
    [ "$(sha256 "$root/usr/share/deep/file")" = "$(sha256 "$here/small/usr/share/deep/file")" ] &&
      [ "$(find "$root" | wc -l)" = "$(find "$here/small" | wc -l)" ] && continue
    wrong "$source leads to half a tree"
  done
  for source in $(sources); do
    true_that "$source says where it is from" [ -s "$(data)/about/$source.json" ]
  done
  for root in $(trees); do
    true_that "$root has its manifest" [ -s "$(data)/trees/$root/manifest" ]
  done
}

check_a_kill_at_any_moment_leaves_the_old_or_the_new() {
  local i pid image
  small_archive "$here/a.tar"
  for ((i = 0; i < 30; i++)); do
    [ $((i % 10)) != 0 ] || { chmod -R u+w "$(data)" 2>/dev/null; rm -rf "$(data)"; }
    "$DEVBOX" image import "$here/a.tar" >/dev/null 2>&1 </dev/null &
    pid=$!
    sleep "0.$(printf '%03d' $((RANDOM % 80)))"
    if [ $((i % 2)) = 0 ]; then
      kill -KILL "$pid" 2>/dev/null
    else
      for image in $(processes_with "unpack $(data)/staging"); do kill -KILL "$image" 2>/dev/null; done
    fi
    wait "$pid" 2>/dev/null
    store_is_whole
  done
  eventually "no devbox-image outlives its devbox" none_unpacks
  import "$here/a.tar"
  same "the import after all of them" 0 "$status"
  same "the rubbish after it" "" "$(staged)"
  same "trees" 1 "$(trees | wc -l)"
  store_is_whole
}

check_sixteen_imports_at_once_make_one_tree() {
  local i pids=() failed=0
  small_archive "$here/a.tar"
  for ((i = 0; i < 16; i++)); do
    "$DEVBOX" image import "$here/a.tar" >"$here/out.$i" 2>"$here/err.$i" </dev/null &
    pids+=($!)
  done
  for i in "${!pids[@]}"; do
    wait "${pids[$i]}" || wrong "import $i failed" "$(cat "$here/err.$i")"
  done
  same "what they print" 1 "$(cat "$here"/out.* | grep digest | sort -u | wc -l)"
  same "trees" 1 "$(trees | wc -l)"
  same "sources" 1 "$(sources | wc -l)"
  same "staging" "" "$(staged)"
  store_is_whole
}

# in_small_store OPTIONS: imports into a store on a tmpfs with these; its listing after is in $left.
in_small_store() {
  mkdir -p "$(data)"
  capture unshare --user --map-current-user --keep-caps --mount sh -c '
    mount -t tmpfs -o "$1" tmpfs "$2" || exit 99
    [ "$1" = "${1%,ro}" ] || mount -o remount,ro "$2"
    "$3" image import "$4"
    status=$?
    ls -A "$2/trees" "$2/sources" "$2/staging" >"$5" 2>/dev/null
    cat "$2/version" >"$6" 2>/dev/null
    exit $status' sh "$1" "$(data)" "$DEVBOX" "$here/a.tar" "$here/left" "$here/version"
  left=$(grep -v -e ':$' -e '^$' "$here/left")
}

check_a_full_or_read_only_disk_is_named_and_nothing_is_left() {
  local size
  mkdir "$here/tree"
  for i in $(seq 16); do head -c 1000000 /dev/urandom >"$here/tree/$i"; done
  tar -C "$here/tree" -cf "$here/a.tar" .
  for size in 256k 2m 12m; do
    in_small_store "size=$size"
    same "the status on $size" 1 "$status"
    holds "the message on $size" "$err" "No space left on device"
    holds "the hint on $size" "$err" "\`devbox image du\` says what the images there take"
    same "what is left on $size" "" "$left"
    same "the version on $size" 1 "$(cat "$here/version")"
  done
  in_small_store "size=64m"
  same "the status on 64m" 0 "$status"
  in_small_store "size=64m,ro"
  same "the status on a read-only one" 1 "$status"
  holds "the message on a read-only one" "$err" "Read-only file system"
  same "what is left on a read-only one" "" "$left"
}

check_a_store_of_a_newer_devbox_is_refused() {
  small_archive "$here/a.tar"
  import "$here/a.tar"
  echo 2 >"$(data)/version"
  import "$here/a.tar"
  same "the status" 1 "$status"
  holds "the reason" "$err" "has the format 2, and this devbox knows format 1"
  pinned tar "$here/a.tar" "$(sha256 "$here/a.tar")"
  capture "$DEVBOX" run -p tar -- true
  same "the status of run" 125 "$status"
  holds "the reason of run" "$err" "has the format 2"
  same "the version after" 2 "$(cat "$(data)/version")"
}

run_checks "$@"
