#!/usr/bin/env bash
# The store: what images share, what goes and what stays, and how a damaged image is found and mended.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/store_lib.sh"

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
