#!/usr/bin/env bash
# What two builds have made, compared by devbox-image where it can write nothing: what build --check
# stands on.
. "$(dirname "$0")/lib.sh"
needs python3 gcc ar

readonly image=$(dirname "$DEVBOX")/devbox-image

# compares: the two directories; $out is what it says, a line a difference.
compares() {
  capture bash -c 'exec "$0" compare "$1" "$2" 3>&1' "$image" "$here/a" "$here/b"
  same "the status of the comparison" 0 "$status" || wrong "$out" "$err"
  same "its standard error" "" "$err"
}

# both: $here/a and $here/b, which are the same.
both() {
  mkdir -p "$here/a/d" "$here/b/d"
  printf 'made\n' | tee "$here/a/d/f" >"$here/b/d/f"
}

check_two_that_are_the_same_are() {
  both
  touch -d 2001-01-01 "$here/a/d/f"
  compares
  same "what is said" '{"same":true,"files":1,"bytes":5}' "$out"
}

check_what_a_compiler_made_differs_in_the_section_that_its_text_is_in() {
  local side
  both
  for side in a b; do
    printf 'const char *made(void) { return "made on %s"; }\n' "$side" |
      gcc -x c -c -o "$here/$side/made.o" - || wrong "gcc failed"
    (cd "$here/$side" && ar rcD lib.a made.o && tar --mtime=@1 -czf lib.tar.gz lib.a)
  done
  compares
  holds "what is said" "$out" \
    '{"path":"lib.a","what":"content"' '"where":"member made.o, section .rodata","text":["made on a","made on b"]' \
    '{"path":"made.o","what":"content"' '"where":"section .rodata"' \
    '"where":"member lib.a, member made.o, section .rodata"' \
    '{"same":false,"files":4,'
}

check_nothing_is_written_and_files_of_mode_000_are_read() {
  both
  chmod 000 "$here/a/d/f" "$here/b/d/f"
  local before
  before=$(stat -c '%n %a %Z %s' "$here"/[ab] "$here"/[ab]/d "$here"/[ab]/d/f)
  compares
  same "what is said" '{"same":true,"files":1,"bytes":5}' "$out"
  same "what is there" "$before" "$(stat -c '%n %a %Z %s' "$here"/[ab] "$here"/[ab]/d "$here"/[ab]/d/f)"
}

# While it reads a FIFO's worth of nothing it would hang; a link would lead it to the secret.
check_links_are_not_followed_and_nothing_is_waited_for() {
  both
  echo secret >"$here/secret"
  ln -s ../secret "$here/a/l"
  ln -s "$here/secret" "$here/b/l"
  mkfifo "$here/a/p" "$here/b/p"
  compares
  same "what is said" '{"path":"l","what":"link","first":"../secret","second":"'"$here"'/secret"}
{"same":false,"files":1,"bytes":5}' "$out"
}

# Stopped in the middle, by a file that takes it seconds to read.
check_it_can_reach_both_directories_and_nothing_else() {
  both
  truncate -s 200G "$here/a/large" "$here/b/large"
  "$image" compare "$here/a" "$here/b" 3>/dev/null &
  local pid=$!
  eventually "it reads" reads "$pid"
  same "its root" "d large" "$(ls "/proc/$pid/root/" 2>/dev/null | tr '\n' ' ' | sed 's/ $//')"
  same "its mounts" 1 "$(wc -l <"/proc/$pid/mountinfo")"
  holds "its root's mount" "$(cat "/proc/$pid/mountinfo")" " / ro,nosuid,nodev,noexec"
  holds "its status" "$(cat "/proc/$pid/status")" $'CapEff:\t0000000000000004' $'NoNewPrivs:\t1' $'Seccomp:\t2'
  kill -KILL "$pid"
  wait "$pid" 2>/dev/null
}
reads() { ls -l "/proc/$1/fd" 2>/dev/null | grep -q /large; }

check_a_directory_that_is_not_there_is_named() {
  both
  capture bash -c 'exec "$0" compare "$1" "$2" 3>&1' "$image" "$here/a" "$here/none"
  same "the status" 1 "$status"
  holds "what is said" "$out" '"error":' "$here/none" "No such file"
}

run_checks "$@"
