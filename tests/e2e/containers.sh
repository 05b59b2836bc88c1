#!/usr/bin/env bash
# In podman's containers: with the flags that the README gives boxes run, and without each of them devbox
# says which one is lacking.
#
# Where the controllers are in cgroup version 1 crun starts nothing. So podman has a mount namespace of its
# own, with version 2 alone on /sys/fs/cgroup, and is root of a user namespace, which is what it makes
# for an ordinary user anyway.
. "$(dirname "$0")/lib.sh"
needs podman crun newuidmap

# in_podman FLAG… -- COMMAND…: captured. The container has the tree as its root, and once more as /tree.
in_podman() {
  local flags=()
  while [ "$1" != -- ]; do flags+=("$1") && shift; done
  shift
  capture unshare --user --map-root-user --map-auto --mount --cgroup bash -c '
    mount -t tmpfs none /run && mount -t tmpfs none /dev/shm && mount -t cgroup2 none /sys/fs/cgroup || exit 99
    export XDG_RUNTIME_DIR=/run
    podman --log-level error --cgroup-manager cgroupfs --storage-driver vfs --root "$0/storage" --runroot /run/storage \
      --tmpdir /run/podman --events-backend none run --rm --cgroups disabled --network host \
      --ulimit nofile=1024:1024 --ulimit nproc=4096:4096 "$@"
    status=$?
    rm -rf "$0/storage"
    exit $status' "$here" "${flags[@]}" -v "$(dirname "$(readlink -f "$DEVBOX")"):/devbox:ro" -v "$tree:/tree:ro" \
    -v "$project:/project" -w /project --rootfs "$tree:O" "$@"
}

place_profile() {
  printf 'schema = 1\n[image]\nsource = "rootfs:/tree"\n' >"$project/devbox.toml"
}

readonly in_a_box="/devbox/devbox run --trust --"

readonly filter="--security-opt seccomp=unconfined" masks="--security-opt unmask=ALL"

check_with_the_flags_of_the_readme_boxes_run() {
  place_profile
  in_podman $filter $masks -- $in_a_box sh -c 'echo "in $container"; exit 7'
  same "a box in a container" "7 in devbox " "$status $out $err"
  in_podman $filter $masks -- /devbox/devbox doctor
  same "the status of doctor" 0 "$status"
}

# lacks_a_flag FLAGS TEXT: without one of them, run and doctor fail with TEXT.
lacks_a_flag() {
  in_podman $1 -- $in_a_box true
  same "the status of run with \"$1\"" 125 "$status"
  holds "what run says with \"$1\"" "$err" "$2"
  in_podman $1 -- /devbox/devbox doctor
  same "the status of doctor with \"$1\"" 1 "$status"
  holds "what doctor says with \"$1\"" "$(tr -s ' \n' ' ' <<<"$out")" "$2"
}

check_without_them_the_flag_that_lacks_is_named() {
  place_profile
  lacks_a_flag "$filter" "\`--security-opt unmask=ALL\` (podman)"
  lacks_a_flag "$masks" "forbids sethostname; start the container with \`--security-opt seccomp=unconfined\`"
}

run_checks "$@"
