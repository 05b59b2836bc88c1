#!/usr/bin/env bash
# Images that skopeo, umoci and buildah made, from a registry, against the tree that umoci unpacks of
# them; and what podman and umoci make of devbox's. peers.py has what is compared, which is everything.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/store_lib.sh"
. "$(dirname "$0")/image_lib.sh"
. "$(dirname "$0")/podman_lib.sh"
needs umoci buildah

peers() { capture python3 "$tests/peers.py" "$@"; }

# agrees HOW TREE: what the manifest of $root says, with that tree.
agrees() {
  peers "$1" "$(dirname "$root")/manifest" "$2"
  same "the comparison ($1)" 0 "$status" || wrong "$(head -n 20 <<<"$out")" "$err"
  compared=$out
}

# pulled NAME: devbox has team/NAME:1 of the registry; $root is its tree.
pulled() { locked "docker://127.0.0.1:$port/team/$1:1"; }

# same_as_umoci LAYOUT NAME: the tree of $root is what umoci unpacks of that image, and is on disk, and
# is exported, as it must be.
same_as_umoci() {
  capture umoci unpack --rootless --image "$1:$2" "$here/rootless"
  same "the status of umoci --rootless" 0 "$status" || wrong "$err"
  agrees rootless "$here/rootless/rootfs"
  agrees disk "$root"
  image export "$(sed -n 's/^source = "\(.*\)"/\1/p' "$profiles/box.toml")" "tar:$here/exported.tar"
  same "the status of the export" 0 "$status" || wrong "$err"
  agrees archive "$here/exported.tar"
  chmod -R u+rwX "$here/rootless" && rm -r "$here/rootless" "$here/exported.tar"
}

# same_as_roots LAYOUT NAME: what umoci unpacks as root of a user namespace, with owners and capabilities.
same_as_roots() {
  in_podman "umoci unpack --image $1:$2 owned && python3 $tests/peers.py owned $(dirname "$root")/manifest owned/rootfs; \
    status=\$?; chmod -R u+rwX owned; rm -rf owned; exit \$status"
  same "the comparison with what root unpacks" 0 "$status" || wrong "$(head -n 20 <<<"$out")" "$err"
}

# layout_of NAME: skopeo copies team/NAME:1 of the registry to $here/copied.
layout_of() {
  capture skopeo copy --src-tls-verify=false --insecure-policy "docker://127.0.0.1:$port/team/$1:1" "oci:$here/copied:$1"
  same "the status of skopeo" 0 "$status" || wrong "$err"
}

# buildah's image: a layer for each commit, by a script that both checks of it use.
readonly by_buildah='
  commit() { buildah commit -q --tls-verify=false "$@" >/dev/null; }
  base=$(buildah from --name lowest scratch)
  root=$(buildah mount $base)
  mkdir -p $root/{bin,data/{gone,swapped,kept},etc,proc,sys,dev,tmp,run,home}
  cp $helpers/hold $root/bin/hold && cp $helpers/hold $root/bin/ping && python3 $tests/peers.py capability $root/bin/ping
  printf same >$root/data/same && head -c 100000 /dev/zero >>$root/data/same
  ln $root/data/same $root/data/hard && ln $root/data/same $root/data/kept/harder
  echo su >$root/bin/su && chmod 6755 $root/bin/su
  echo before >$root/data/replaced && echo in >$root/data/gone/in && echo in >$root/data/swapped/in
  echo theirs >$root/data/theirs && chown 1000:1001 $root/data/theirs && chmod 0640 $root/data/theirs
  mkdir $root/data/shared && chown 33:33 $root/data/shared && chmod 2775 $root/data/shared && chmod 1777 $root/tmp
  ln -s ../nowhere/$(printf "%0150d" 1) $root/data/dangling && ln -s loop $root/data/loop && ln -s . $root/data/X11
  ln -s /etc $root/data/absolute && chown -h 7:7 $root/data/absolute && mkfifo $root/data/fifo
  echo long >$root/data/$(printf "%0255d" 2) && echo odd >"$root/data/$(printf "sp ace\n\\\\ \377\303\251")"
  deep=$root/data/$(printf "%0120d/%0120d" 3 4) && mkdir -p $deep && echo deep >$deep/file
  python3 $tests/peers.py xattr $root/data/replaced user.old=1
  python3 $tests/peers.py xattr $root/data/same user.mime_type=text/plain "user.odd=$(printf "=\n \303\251")"
  python3 $tests/peers.py xattr $root/data/kept user.of.a=directory
  touch -d @5 $root/data/replaced && touch -d @-86400 $root/data/theirs && touch -d @4294967297.75 $root/data/same
  touch -h -d @7 $root/data/dangling && touch -d @0 $root/data/shared
  buildah config --env GREETING=hello --workingdir /data --cmd /bin/hold $base
  commit $base lowest
  above=$(buildah from --name above localhost/lowest)
  root=$(buildah mount $above)
  rm -r $root/data/gone $root/data/swapped $root/data/hard $root/data/replaced && ln -s kept $root/data/swapped
  echo after >$root/data/replaced && chmod 0600 $root/data/replaced && touch -d @1000000000 $root/data/replaced
  python3 $tests/peers.py xattr $root/data/replaced user.new=2
  rm $root/data/loop && mkdir $root/data/loop && echo in >$root/data/loop/in
  chmod 0700 $root/data/kept && ln $root/data/kept/harder $root/data/again
  commit $above middle
  top=$(buildah from --name top localhost/middle)
  mkdir added && echo added >added/file && ln -sf file added/link && touch -d @1234567890 added/file
  buildah add -q $top added /data/added >/dev/null
  rm -r $(buildah mount $top)/data/swapped
  commit $top docker://127.0.0.1:$port/team/buildah:1
'
buildah_pushes() {
  in_podman "port=$port tests=$tests helpers=$helpers; $by_buildah"
  same "the status of buildah" 0 "$status" || { wrong "$err"; return 1; }
}

check_an_image_by_buildah_is_the_tree_that_umoci_unpacks() {
  registry
  buildah_pushes || return
  pulled buildah
  layout_of buildah
  same "its layers" 3 "$(skopeo inspect "oci:$here/copied:buildah" | python3 -c 'import json, sys; print(len(json.load(sys.stdin)["Layers"]))')"
  same_as_umoci "$here/copied" buildah
  same_as_roots "$here/copied" buildah
  local manifest
  manifest=$(cat "$(dirname "$root")/manifest")
  holds "the capability" "$manifest" " bin/ping security.capability=\\x01\\x00\\x00\\x02\\x00\\x20"
  holds "the attributes" "$manifest" " user.mime_type=text/plain user.odd==\\x0a\\x20\\xc3\\xa9"
  lacks "what a layer replaced" "$manifest" "user.old"
  lacks "what a whiteout took" "$manifest" "data/gone"
  run -- /bin/hold
  same "what it reads" $'ready\nsame' "$out"
  end_registry
  store_is_whole
}

# umoci's image: a layer for each time that a bundle is packed, a directory that hides what is below it,
# and a layer of our own archive, in $here/umoci.
umoci_makes() {
  local layout=$here/umoci rootfs=$here/bundle/rootfs
  peers umoci-layer "$here/layer.tar"
  capture bash -e -c '
    umoci init --layout "$1"
    umoci new --image "$1:1"
    umoci unpack --rootless --image "$1:1" "$2"
    root=$2/rootfs
    mkdir -p "$root"/{bin,data/opaque,data/dir,proc,sys,dev,tmp,run,etc,home}
    cp "$3/hold" "$root/bin/hold"
    printf same >"$root/data/same" && ln "$root/data/same" "$root/data/hard"
    echo hidden >"$root/data/opaque/hidden" && echo gone >"$root/data/gone" && echo in >"$root/data/dir/in"
    echo su >"$root/data/su" && chmod 4711 "$root/data/su" && echo none >"$root/data/none" && chmod 0 "$root/data/none"
    mkdir "$root/data/sealed" && echo sealed >"$root/data/sealed/file" && chmod 0500 "$root/data/sealed"
    python3 "$4/peers.py" xattr "$root/data/same" user.a=1
    python3 "$4/peers.py" xattr "$root/data/dir" user.dir=1
    touch -d @5.5 "$root/data/su"
    umoci repack --image "$1:2" "$2"
    chmod -R u+rwX "$2" && rm -r "$2"
    umoci unpack --rootless --image "$1:2" "$2"
    rm "$root/data/gone" && ln -s same "$root/data/gone" && rm -r "$root/data/dir" && echo file >"$root/data/dir"
    python3 "$4/peers.py" xattr "$root/data/same" user.a=2
    umoci repack --image "$1:3" "$2"
    mkdir "$2/shown" && echo shown >"$2/shown/file" && touch -d @9 "$2/shown" "$2/shown/file"
    umoci insert --rootless --opaque --image "$1:3" "$2/shown" /data/opaque
    umoci raw add-layer --image "$1:3" "$5"
    umoci config --image "$1:3" --config.cmd /bin/hold
    chmod -R u+rwX "$2" && rm -r "$2"' - "$layout" "$here/bundle" "$helpers" "$tests" "$here/layer.tar"
  same "the status of umoci" 0 "$status" || { wrong "$err"; return 1; }
}

# sent NAME OPTION…: skopeo copies umoci's image to the registry so.
sent() {
  local name=$1
  shift
  capture skopeo copy --dest-tls-verify=false --insecure-policy "$@" "oci:$here/umoci:3" "docker://127.0.0.1:$port/team/$name:1"
  same "the status of skopeo for $name" 0 "$status" || wrong "$err"
}

check_an_image_by_umoci_is_the_tree_that_umoci_unpacks_however_skopeo_sends_it() {
  local first
  registry
  umoci_makes || return
  sent plain
  pulled plain
  first=$root
  same_as_umoci "$here/umoci" 3
  same_as_roots "$here/umoci" 3
  lacks "what is below the opaque directory" "$(cat "$(dirname "$root")/manifest")" hidden
  sent docker --format v2s2
  sent zstd --dest-compress-format zstd
  for name in docker zstd; do
    pulled $name
    same "the tree of $name" "$first" "$root"
  done
  run -- /bin/hold
  same "what it reads" $'ready\nsame' "$out"
  end_registry
  store_is_whole
}

check_a_real_debian_is_the_tree_that_umoci_unpacks() {
  registry
  # But for large files that no shell needs, and a few directories of thousands of small ones.
  (cd "$tree" && find . -regex "./\(dev\|usr/\(share\|include\|lib/python.*\)\|var/lib/dpkg/info\)" -prune -o \( ! -type f -o -size -64k -o -name dash -o -name "ld-*" -o -name libc.so.6 \) -print0 | sort -z) |
    tar -C "$tree" --null --no-recursion --numeric-owner --owner=0 --group=0 --files-from=- -cf "$here/debian.tar" 2>"$here/tar.errors"
  umoci init --layout "$here/debian" && umoci new --image "$here/debian:1" &&
    umoci raw add-layer --image "$here/debian:1" "$here/debian.tar" || wrong "umoci made no layer"
  capture skopeo copy --dest-tls-verify=false --insecure-policy "oci:$here/debian:1" "docker://127.0.0.1:$port/team/debian:1"
  same "the status of skopeo" 0 "$status" || wrong "$err"
  pulled debian
  same_as_umoci "$here/debian" 1
  true_that "there were thousands of names: $compared" [ "${compared%% *}" -gt 2000 ]
  run -- /bin/sh -c 'echo "$0"' run
  same "what its shell says" run "$out"
  end_registry
}

# What devbox makes of buildah's image, for others.
check_podman_has_and_runs_what_devbox_pushed_and_umoci_unpacks_it() {
  local image manifest
  registry
  buildah_pushes || return
  pulled buildah
  manifest=$(dirname "$root")/manifest
  image=docker://127.0.0.1:$port/team/buildah:1
  image push "$image" "docker://127.0.0.1:$port/team/again:1"
  same "the status of the push" 0 "$status" || wrong "$err"
  in_podman "podman pull -q --tls-verify=false 127.0.0.1:$port/team/again:1 >/dev/null
    root=\$(podman image mount 127.0.0.1:$port/team/again:1)
    python3 $tests/peers.py podman $manifest \$root
    podman run --rm --cgroups disabled --network host --ulimit nofile=1024:1024 --ulimit nproc=4096:4096 \
      127.0.0.1:$port/team/again:1 /bin/hold"
  same "the status of podman" 0 "$status" || wrong "$(head -n 20 <<<"$out")" "$err"
  holds "what the program reads" "$out" $'names compared\nready\nsame'
  layout_of again
  same_as_umoci "$here/copied" again
  same_as_roots "$here/copied" again
  end_registry
}

run_checks "$@"
