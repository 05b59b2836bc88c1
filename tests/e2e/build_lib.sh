# What the tests of `devbox build` share; sourced by them after lib.sh: a small image that is pinned,
# and projects with tasks.
needs git tar python3

readonly small=$work/small.tar

# The image: a shell and coreutils of the tree, and a C library, so that the store has it in a second.
make_small_image() {
  local root=$work/small program
  mkdir -p "$root"/{usr/bin,usr/lib,usr/lib64,etc,proc,dev,tmp,run,sys,home,srv,var/tmp}
  (cd "$root" && ln -s usr/bin bin && ln -s usr/lib lib && ln -s usr/lib64 lib64) || exit 1
  for program in bash cat chmod cp date env id ln ls mkdir mkfifo mv nproc readlink rm sha256sum sleep stat tail \
    tee touch truncate tty uname; do
    cp -L "$tree/usr/bin/$program" "$root/usr/bin/" || skip "$tree has no $program"
  done
  ln -s bash "$root/usr/bin/sh"
  # The programs' libraries, as they name them, wherever the tree has them.
  (cd "$tree" && find usr/lib usr/lib64 -maxdepth 2 \( -name 'ld-linux*' -o -name 'libc.so.*' -o -name 'libtinfo.so.*' \
    -o -name 'libselinux.so.*' -o -name 'libpcre2-8.so.*' -o -name 'libacl.so.*' -o -name 'libattr.so.*' \
    -o -name 'libcrypto.so.*' -o -name 'libdl.so.*' -o -name 'libpthread.so.*' -o -name 'libm.so.*' \) \
    -print0 | tar --null -T - -cf -) | tar -C "$root" -xf - || exit 1
  cp -r "$tree/usr/lib/locale" "$root/usr/lib/" 2>/dev/null
  chmod -R u+w "$root"
  find "$root" -exec touch -h -d @1000000000 {} +
  tar -C "$root" --sort=name -cf "$small" .
}
make_small_image
small_digest=$(sha256sum "$small" | cut -d' ' -f1)
readonly small_digest

# pinned: what every project of these tests begins with. The store is one for a file of tests.
pinned() { printf 'schema = 1\n[image]\nsource = "tar:%s"\ndigest = "sha256:%s"\n' "$small" "$small_digest"; }

# project: the project's devbox.toml, from standard input, after those lines; and a repository in
# which it is committed, and what lies beside it.
project() {
  export XDG_DATA_HOME=$work/data
  { pinned && cat; } >devbox.toml
  printf '[user]\nname = A\nemail = a@example.org\n' >"$HOME/.gitconfig"
  [ -e .git ] || git init -q .
  commit
}
# commit: all that there is, at a time that is no other.
commit() {
  git add -A
  GIT_COMMITTER_DATE='1500000000 +0000' GIT_AUTHOR_DATE='1400000000 +0000' git commit -q --allow-empty -m all
}

# Its image lies outside the project.
build() { capture "$DEVBOX" build --trust "$@"; }

# built ARGUMENT…: it succeeds.
built() {
  build "$@"
  same "the status of build $*" 0 "$status" || wrong "$out" "$err"
}
# fails STATUS ARGUMENT…
fails() {
  local expected=$1
  shift
  build "$@"
  same "the status of build $*" "$expected" "$status" || wrong "$out" "$err"
}

# Where devbox keeps what it knows of this project's builds.
kept() { echo "$HOME"/.local/state/devbox/builds/*; }

# recorded FILE: the outputs, as sha256sum(1) has them.
recorded() {
  python3 -c 'import json,sys
for s in json.load(open(sys.argv[1]))["subject"]: print(s["digest"]["sha256"], "", s["name"])' "$1"
}

# lines FILE: what an output says, "-" where there is none.
lines() { cat "$1" 2>/dev/null || echo -; }

# Names that publishing leaves where it is killed.
left_over() { find . -name '.devbox-output-*' -not -path './.git/*'; }

# boxes: how many run.
boxes() { find "$XDG_RUNTIME_DIR/devbox/boxes" -mindepth 1 2>/dev/null | wc -l; }
no_box() { [ "$(boxes)" = 0 ]; }
