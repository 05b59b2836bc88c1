# Podman and its kin as an ordinary user's; sourced after lib.sh.
needs podman crun newuidmap

# in_podman SCRIPT: captured; see containers.sh. It runs as root of a user namespace, with `set -e`, in
# $here. In the script podman and buildah have the options that they need.
in_podman() {
  capture unshare --user --map-root-user --map-auto --mount --cgroup bash -c '
    mount -t tmpfs none /run && mount -t tmpfs none /dev/shm && mount -t cgroup2 none /sys/fs/cgroup &&
      mount -t tmpfs none /var/cache || exit 99
    [ ! -d /var/lib/containers ] || mount -t tmpfs none /var/lib/containers || exit 99
    export XDG_RUNTIME_DIR=/run
    podman() {
      command podman --log-level error --cgroup-manager cgroupfs --storage-driver vfs --root "$0/storage" \
        --runroot /run/storage --tmpdir /run/podman --events-backend none "$@"
    }
    buildah() { command buildah --log-level error --storage-driver vfs --root "$0/storage" --runroot /run/storage "$@"; }
    cd "$0"
    (set -e; eval "$1")
    status=$?
    rm -rf "$0/storage"
    exit $status' "$here" "$1"
}
