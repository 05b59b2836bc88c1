# What the tests of images with layers share; sourced by them after lib.sh and store_lib.sh.
needs skopeo docker-registry zstd

layers() { python3 "$tests/layers.py" "$@"; }

# layout: the images of layers.py in $here/layout.
layout() { layers make "$here/layout" "$helpers/hold"; }

# from SOURCE [LINE…]: the profile "box" is of that image.
from() {
  { printf 'schema = 1\n[image]\nsource = "%s"\n' "$1" && shift && printf '%s\n' "$@"; } >"$profiles/box.toml"
}

lock() { capture "$DEVBOX" lock -p box "$@"; }
pull() { capture "$DEVBOX" pull -p box "$@"; }
lock_file() { echo "$profiles/box.lock.toml"; }

# locked SOURCE [LINE…]: the image, pinned and pulled; $root is its tree.
locked() {
  from "$@"
  lock
  same "the status of the lock of $1" 0 "$status" || wrong "$err"
  pull
  same "the status of the pull of $1" 0 "$status" || wrong "$err"
  root=$out
}

# push NAME [REPOSITORY]: from the layout into the registry, as team/REPOSITORY:1.
push() {
  capture skopeo copy --dest-tls-verify=false --insecure-policy "oci:$here/layout:$1" \
    "docker://127.0.0.1:$port/team/${2:-$1}:1"
  same "the status of skopeo for $1" 0 "$status" || wrong "$err"
}
