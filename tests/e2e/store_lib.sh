# What the tests of the store share; sourced by them after lib.sh: small images, boxes on them, and
# whether the store is whole.
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

# registry: Debian's docker-registry on $port, until end_registry.
registry() {
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  printf 'version: 0.1\nlog: {level: error, accesslog: {disabled: false}}\nstorage: {filesystem: {rootdirectory: %s}}\nhttp: {addr: "127.0.0.1:%s"}\n' \
    "$here/kept" "$port" >"$here/registry.yml"
  docker-registry serve "$here/registry.yml" >"$here/registry.log" 2>&1 &
  registry_pid=$!
  eventually "the registry answers" bash -c "exec 3<>/dev/tcp/127.0.0.1/$port" 2>/dev/null
}
end_registry() { kill "$registry_pid" && ended "$registry_pid"; }
