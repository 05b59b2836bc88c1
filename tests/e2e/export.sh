#!/usr/bin/env bash
# Images for others: written as an OCI layout, an archive of one and a plain tar, and pushed to a
# registry; and what others make of them.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/store_lib.sh"
. "$(dirname "$0")/podman_lib.sh"
needs umoci skopeo docker-registry

# odd FILE: a root filesystem with what is only recorded of it, and odd names.
odd() {
  python3 - "$1" "$helpers/hold" <<'END'
import io, random, sys, tarfile

tar = tarfile.open(sys.argv[1], "w", format=tarfile.GNU_FORMAT, encoding="utf-8", errors="surrogateescape")


def add(name, kind=tarfile.REGTYPE, data=b"", mode=0o644, link="", time=1_000_000_000, uid=0, gid=0, device=(0, 0)):
    member = tarfile.TarInfo(name)
    member.type, member.mode, member.linkname, member.mtime = kind, mode, link, time
    member.uid, member.gid, member.size = uid, gid, len(data)
    member.devmajor, member.devminor = device
    tar.addfile(member, io.BytesIO(data))


for name in ["bin", "data", "dev", "proc", "sys", "tmp", "run", "etc", "home"]:
    add(name, tarfile.DIRTYPE, mode=0o1777 if name == "tmp" else 0o755)
add("bin/hold", data=open(sys.argv[2], "rb").read(), mode=0o755, time=1_600_000_000)
add("bin/su", data=b"setuid", mode=0o4755)
add("data/same", data=b"same" + random.Random(1).randbytes(3_000_000))
add("data/link", tarfile.LNKTYPE, link="data/same")
add("data/theirs", data=b"theirs", uid=1000, gid=1001, mode=0o640)
add("data/to", tarfile.SYMTYPE, link="../nowhere/" + "x" * 200, mode=0o777)
add("data/" + "n" * 200, data=b"long")
add("data/\udcff\udcfe", data=b"bytes")
add("data/sp ace\n", data=b"blank")
add("data/fifo", tarfile.FIFOTYPE)
add("dev/null", tarfile.CHRTYPE, mode=0o666, device=(1, 3))
tar.close()
END
}

# stored: that image is in the store; $image is what `image ls` calls it, $digest its tree.
stored() {
  odd "$here/odd.tar"
  imported "$here/odd.tar"
  image=tar:$here/odd.tar
  digest=$(names trees)
}

# written WHAT DEST [ARGUMENT…]: exports to it.
written() {
  local what=$1 dest=$2
  shift 2
  capture "$DEVBOX" image export "$@" "$image" "$dest"
  same "the status of the export of $what" 0 "$status" || wrong "$err"
}

# from [LINE…]: the profile "again" is of that image, locked and pulled; $root is its tree.
from() {
  printf '%s\n' 'schema = 1' '[image]' "$@" >"$profiles/again.toml"
  rm -f "$profiles/again.lock.toml"
  capture "$DEVBOX" lock -p again
  same "the status of the lock" 0 "$status" || wrong "$err"
  capture "$DEVBOX" pull -p again
  same "the status of the pull" 0 "$status" || wrong "$err"
  root=$out
}

# gives_the_same_tree LINE…: an image of these lines, pulled where the first one is gone.
gives_the_same_tree() {
  image rm "$image"
  same "the trees after the removal" "" "$(names trees)"
  from "$@"
  same "the tree" "$(data)/trees/$digest/root" "$root"
}

# blob DIGEST: of $here/layout.
blob() { echo "$here/layout/blobs/sha256/${1#sha256:}"; }
member() { python3 -c "import json,sys; a=json.load(open(sys.argv[1])); print($2)" "$1"; }

check_two_exports_are_the_same_to_the_last_byte() {
  local compression
  stored
  written "a tar" "tar:$here/1.tar"
  sleep 1.1
  written "a tar again" "tar:$here/2.tar"
  true_that "the tars are the same" cmp "$here/1.tar" "$here/2.tar"
  for compression in gzip zstd none; do
    written "an archive" "oci-archive:$here/1.oci:x" --compression "$compression"
    written "an archive again" "oci-archive:$here/2.oci:x" --compression "$compression"
    true_that "the archives are the same" cmp "$here/1.oci" "$here/2.oci"
    written "a layout" "oci:$here/l1.$compression:x" --compression "$compression"
    taskset -c 0 "$DEVBOX" image export --compression "$compression" "$image" "oci:$here/l2.$compression:x" \
      >/dev/null 2>&1 || wrong "an export by one processor failed"
    true_that "the layouts are the same" diff -r "$here/l1.$compression" "$here/l2.$compression"
    same "the archive has the layout" "" \
      "$(mkdir "$here/x" && tar -C "$here/x" -xf "$here/1.oci" && diff -r "$here/x" "$here/l1.$compression" && rm -r "$here/x")"
  done
  same "the staging" "" "$(names staging)"
}

check_a_tar_that_is_exported_and_imported_is_the_same_tree() {
  stored
  written "a tar" "tar:$here/again.tar"
  local lines
  mapfile -t lines <<<"$out"
  gives_the_same_tree "${lines[@]}"
}

check_a_layout_that_is_exported_and_pulled_is_the_same_tree_and_runs() {
  stored
  written "a layout" "oci:$here/layout:x"
  local lines
  mapfile -t lines <<<"$out"
  gives_the_same_tree "${lines[@]}"
  capture "$DEVBOX" run -p again -- /bin/hold
  same "what the program reads" $'ready\nsame' "$out"
}

check_an_archive_of_a_layout_is_the_same_tree_whatever_the_compression() {
  local compression
  stored
  for compression in gzip zstd none; do
    written "by $compression" "oci-archive:$here/$compression.tar" --compression "$compression"
  done
  for compression in gzip zstd none; do
    from "source = \"oci-archive:$here/$compression.tar\""
    same "the tree by $compression" "$(data)/trees/$digest/root" "$root"
  done
}

check_an_export_says_what_others_read_of_the_image() {
  local manifest config
  stored
  written "a layout" "oci:$here/layout:x"
  manifest=$(blob "$(member "$here/layout/index.json" 'a["manifests"][0]["digest"]')")
  config=$(blob "$(member "$manifest" 'a["config"]["digest"]')")
  same "the layers" 1 "$(member "$manifest" 'len(a["layers"])')"
  same "when it was made" 2020-09-13T12:26:40Z "$(member "$config" 'a["created"]')"
  same "for what" "linux $(go_architecture)" "$(member "$config" 'a["os"] + " " + a["architecture"]')"
  same "its history" 1 "$(member "$config" 'len(a["history"])')"
  same "its diff_id" "$(member "$config" 'a["rootfs"]["diff_ids"][0]')" \
    "sha256:$(zcat "$(blob "$(member "$manifest" 'a["layers"][0]["digest"]')")" | sha256sum | cut -d' ' -f1)"
  capture skopeo inspect "oci:$here/layout:x"
  same "the status of skopeo inspect" 0 "$status" || wrong "$err"
  capture tar -tvf <(zcat "$(blob "$(member "$manifest" 'a["layers"][0]["digest"]')")") --numeric-owner
  same "the status of GNU tar" 0 "$status" || wrong "$err"
  holds "the setuid bit" "$out" "-rwsr-xr-x 0/0"
  holds "the owner" "$out" "-rw-r----- 1000/1001"
  holds "the device" "$(tr -s " " <<<"$out")" "crw-rw-rw- 0/0 1,3"
}
go_architecture() {
  case $(uname -m) in
    x86_64) echo amd64 ;;
    aarch64) echo arm64 ;;
    *) uname -m ;;
  esac
}

check_what_an_image_says_of_the_box_goes_with_it() {
  layers() { python3 "$tests/layers.py" "$@"; }
  layers make "$here/made" "$helpers/hold"
  from "source = \"oci:$here/made:one\""
  image=oci:$here/made:one
  written "an image with settings" "oci:$here/layout:x"
  local config
  config=$(blob "$(member "$here/layout/index.json" 'a["manifests"][0]["digest"]')")
  config=$(blob "$(member "$config" 'a["config"]["digest"]')")
  same "its variable" "hello there" "$(member "$config" 'dict(v.split("=", 1) for v in a["config"]["Env"])["GREETING"]')"
  same "its user" node "$(member "$config" 'a["config"]["User"]')"
  cp -r "$here/layout" "$here/kept.layout"
  capture "$DEVBOX" image export -p again "oci:$here/layout:x"
  same "the status of an export by profile" 0 "$status" || wrong "$err"
  true_that "it is the same by profile" diff -r "$here/layout" "$here/kept.layout"
}

check_a_tree_with_real_owners_is_exported_to_the_same_bytes() {
  unshare --map-root-user --map-auto true 2>/dev/null || skip "this unshare cannot map subordinate ids"
  stored
  written "a tree without owners" "tar:$here/without.tar"
  image rm "$image"
  from "source = \"$image\"" '[ids]' 'map = "subids"'
  same "where the tree lies" "$(data)/owned/trees/$digest/root" "$root"
  written "the same with owners" "tar:$here/with.tar"
  true_that "the tars are the same" cmp "$here/without.tar" "$here/with.tar"
  image rm "$image"  # files of other ids are not ours to remove at the end
  same "the trees" "" "$(names owned/trees)"
}

check_a_layout_keeps_the_images_that_it_has() {
  stored
  written "one" "oci:$here/layout:one"
  local blob before
  blob=$(blob "$(member "$(blob "$(member "$here/layout/index.json" 'a["manifests"][0]["digest"]')")" 'a["layers"][0]["digest"]')")
  before=$(inode "$blob")
  written "two" "oci:$here/layout:two"
  written "two again" "oci:$here/layout:two"
  same "the names" "one two" \
    "$(member "$here/layout/index.json" '" ".join(m["annotations"]["org.opencontainers.image.ref.name"] for m in a["manifests"])')"
  same "the layer's inode" "$before" "$(inode "$blob")"
  same "the blobs" 3 "$(ls "$here/layout/blobs/sha256" | wc -l)"
}

check_a_damaged_tree_is_not_exported_and_what_was_there_stays() {
  stored
  echo before >"$here/file"
  flip "$(data)/trees/$digest/root/data/same"
  local dest
  for dest in "tar:$here/file" "oci-archive:$here/file:x" "oci:$here/layout:x"; do
    capture "$DEVBOX" image export "$image" "$dest"
    same "the status of $dest" 1 "$status"
    holds "what is said" "$err" "data/link of the tree is not what was unpacked"
    holds "what is said to do" "$err" "image verify --repair"
  done
  same "the file" before "$(cat "$here/file")"
  true_that "there is no layout" [ ! -e "$here/layout" ]
  same "what is left" "" "$(find "$here" -name '.devbox-*')"
  same "the staging" "" "$(names staging)"
}

check_an_export_that_is_killed_leaves_what_was_there() {
  local i pid
  stored
  echo before >"$here/file"
  written "a layout" "oci:$here/layout:x"
  cp -r "$here/layout" "$here/kept.layout"
  for ((i = 0; i < 20; i++)); do
    "$DEVBOX" image export "$image" "oci-archive:$here/file" >/dev/null 2>&1 </dev/null &
    pid=$!
    sleep "0.0$((RANDOM % 90 + 10))"
    kill -KILL "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
    eventually "nothing of devbox-image lives" none_of_it
    true_that "the file is the old one or whole" eval '[ "$(cat "$here/file" | tr -d "\0" | head -c 6)" = before ] || tar -tf "$here/file" >/dev/null'
    "$DEVBOX" image export "$image" "oci:$here/layout:y" >/dev/null 2>&1 </dev/null &
    pid=$!
    sleep "0.0$((RANDOM % 90 + 10))"
    kill -KILL "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
    eventually "nothing of devbox-image lives" none_of_it
    capture skopeo inspect "oci:$here/layout:x"
    same "the status of skopeo inspect" 0 "$status" || wrong "$err"
  done
  written "at last" "oci:$here/layout:x"
  same "what is left" "" "$(find "$here" -name '.devbox-*')"
  store_is_whole
}
none_of_it() { ! pgrep -f "devbox-image export $HOME" >/dev/null; }

check_what_cannot_be_written_is_refused_before_anything_is() {
  stored
  capture "$DEVBOX" image export "$image" "oci:$project/../home"
  same "the status for a directory of something else" 1 "$status"
  holds "what is said of it" "$err" "is no OCI image layout, and not empty"
  capture "$DEVBOX" image export "$image" "tar:$here/home"
  same "the status for a directory" 1 "$status"
  holds "what is said of it" "$err" "it is a directory"
  capture "$DEVBOX" image export "$image" "tar:$here/not/there.tar"
  same "the status for a directory that lacks" 1 "$status"
  capture "$DEVBOX" image export "$image" "docker://localhost/x"
  same "the status for a registry" 2 "$status"
  holds "what is said of it" "$err" "image push"
  capture "$DEVBOX" image push "$image" "docker://localhost/x@sha256:$(printf %064d 0)"
  same "the status of a push by digest" 2 "$status"
  capture "$DEVBOX" image export nothing "tar:$here/x.tar"
  same "the status for no image" 1 "$status"
  holds "what is said of it" "$err" "the store has no image nothing"
  true_that "nothing was written" [ ! -e "$here/x.tar" ]
}

check_what_is_pushed_is_pulled_as_the_same_tree_and_not_sent_twice() {
  stored
  registry
  capture "$DEVBOX" image push "$image" "docker://127.0.0.1:$port/team/odd:1"
  same "the status of the push" 0 "$status" || wrong "$err"
  holds "what is said of the layer" "$err" "was sent"
  local pushed=$out
  holds "what is printed" "$pushed" "docker://127.0.0.1:$port/team/odd@sha256:"
  same "the layers that were sent" 2 "$(grep -c 'PUT /v2/team/odd/blobs/uploads' "$here/registry.log")"
  capture "$DEVBOX" image push "$image" "docker://127.0.0.1:$port/team/odd:2"
  same "the status of the second push" 0 "$status" || wrong "$err"
  holds "what is said of the layer" "$err" "was there already"
  same "the reference" "$pushed" "$out"
  same "the layers that were sent" 2 "$(grep -c 'PUT /v2/team/odd/blobs/uploads' "$here/registry.log")"
  capture skopeo inspect --tls-verify=false "docker://127.0.0.1:$port/team/odd:1"
  same "the status of skopeo inspect" 0 "$status" || wrong "$err"
  same "the digest that skopeo sees" "${pushed#*@}" "$(json 'a["Digest"]')"
  capture skopeo copy --src-tls-verify=false --insecure-policy "docker://127.0.0.1:$port/team/odd:1" "oci:$here/copied:x"
  same "the status of skopeo copy" 0 "$status" || wrong "$err"
  gives_the_same_tree "source = \"docker://127.0.0.1:$port/team/odd:2\""
  end_registry
}

# pushes NAME PACKS: the image as team/NAME, with the reference of the first push; whether it packs.
pushes() {
  capture "$DEVBOX" image push "$image" "docker://127.0.0.1:$port/team/$1"
  same "the status of the push of $1" 0 "$status" || wrong "$err"
  same "how often it was packed for $1" "$2" "$(grep -c "^devbox: packing" <<<"$err")"
  : "${pushed:=${out#*@}}"
  same "the digest of $1" "$pushed" "${out#*@}"
}

check_a_second_push_asks_the_registry_and_packs_nothing() {
  local pushed= packed kept
  stored
  registry
  pushes odd:1 1
  packed=$(dirname "$(echo "$(data)"/trees/*/packed)")/packed
  kept=$(cat "$packed")
  pushes odd:2 0
  pushes elsewhere:1 1  # which does not have the layer
  for damage in 's/"size": *[0-9]*/"size": 12345/' 's/\("layer": *"\)./\1f/' 's/"created": *[0-9]*/"created": 1/' 's/zlib/zlob/' 's/.*//' '$d'; do
    sed "$damage" <<<"$kept" >"$packed"
    pushes odd:3 1
    same "what is remembered after $damage" "$kept" "$(cat "$packed")"
  done
  image verify
  same "the status of verify" 0 "$status"
  gives_the_same_tree "source = \"docker://127.0.0.1:$port/team/odd:2\""
  end_registry
}

check_umoci_unpacks_an_export_to_the_same_tree() {
  stored
  written "a layout" "oci:$here/layout:x"
  capture umoci unpack --rootless --image "$here/layout:x" "$here/bundle"
  same "the status of umoci" 0 "$status" || wrong "$err"
  capture python3 "$tests/layers.py" compare "$(data)/trees/$digest/manifest" "$here/bundle/rootfs"
  # Nobody but root can make a device, and umoci makes an empty file of it.
  same "what differs" "b'dev/null': ('c'," "$(grep '^b' <<<"$out" | cut -d' ' -f1-2)"
  holds "what is compared" "$out" "21 names compared"
}

check_podman_pulls_and_runs_what_was_pushed() {
  stored
  registry
  capture "$DEVBOX" image push "$image" "docker://127.0.0.1:$port/team/odd:1"
  same "the status of the push" 0 "$status" || wrong "$err"
  in_podman "podman pull -q --tls-verify=false 127.0.0.1:$port/team/odd:1 >/dev/null &&
    podman run --rm --cgroups disabled --network host --ulimit nofile=1024:1024 --ulimit nproc=4096:4096 \
      127.0.0.1:$port/team/odd:1 /bin/hold"
  same "the status of podman" 0 "$status" || wrong "$err"
  same "what the program reads" $'ready\nsame' "$out"
  end_registry
}

run_checks "$@"
