#!/usr/bin/env bash
# Archives that a server has: tar: with a URL.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/store_lib.sh"
needs python3 openssl zstd

# serve [tls]: registry.py with a.tar and a.tar.zst; $port and $other are its ports, $size and $sum of
# a.tar. It ends with the check.
serve() {
  local certificate=()
  mkdir -p "$here/layout/files"
  archive "$here/layout/files/a.tar" a
  zstd -q "$here/layout/files/a.tar"
  size=$(stat -c %s "$here/layout/files/a.tar")
  sum=$(sha256 "$here/layout/files/a.tar")
  if [ $# != 0 ]; then
    openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost \
      -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout "$here/key" -out "$here/certificate" 2>/dev/null
    certificate=("$here/certificate" "$here/key")
  fi
  : >"$here/log"
  mkfifo "$here/alive" "$here/ports"
  exec 9<>"$here/alive"
  python3 "$tests/registry.py" "$here/layout" "$here/log" "${certificate[@]}" <"$here/alive" >"$here/ports" 9>&- &
  read -r -t 20 port other <"$here/ports" || wrong "our server did not start"
}

# at PATH [LINE…]: the profile "box" is of that file.
at() {
  url=${scheme:-http}://127.0.0.1:$port/files/$1
  { printf 'schema = 1\n[image]\nsource = "tar:%s"\n' "$url" && shift && printf '%s\n' "$@"; } >"$profiles/box.toml"
  rm -f "$(lock_file)"
}
lock() { capture "$DEVBOX" lock -p box "$@"; }
pull() { capture "$DEVBOX" pull -p box "$@"; }
outdated() { capture "$DEVBOX" outdated -p box "$@"; }
lock_file() { echo "$profiles/box.lock.toml"; }
forget() { image rm "tar:$url"; }
nothing_is_left() {
  same "the trees $1" "" "$(names trees)"
  same "the sources $1" "" "$(names sources)"
  same "the staging $1" "" "$(names staging)"
  true_that "$1 there is no lock file" [ ! -e "$(lock_file)" ]
}

# fails PATH TEXT…: the lock does, with each TEXT in what it says, and leaves nothing.
fails() {
  local text
  at "$1"
  lock
  same "the status of the lock of $1" 1 "$status"
  for text in "${@:2}"; do holds "what is said of $1" "$err" "$text"; done
  nothing_is_left "after $1"
}

check_an_archive_by_tls_is_locked_pulled_and_runs() {
  local scheme=https root
  serve tls
  fails a.tar.zst "the certificate of 127.0.0.1:$port is not trusted" "SSL_CERT_FILE"
  export SSL_CERT_FILE=$here/certificate
  lock
  same "the status of the lock" 0 "$status" || wrong "$err"
  holds "what it says it does" "$err" "devbox: fetching a.tar.zst, "
  holds "what it says is done" "$err" "devbox: a.tar.zst is here"
  holds "the lock file" "$(cat "$(lock_file)")" "source = \"tar:$url\""
  holds "the lock file" "$(cat "$(lock_file)")" "archive = \"sha256:$(sha256 "$here/layout/files/a.tar.zst")\""
  same "what was asked" 1 "$(grep -c "GET /files/a.tar.zst - -$" "$here/log")"
  pull
  same "the status of a pull of what is here" "0 " "$status $err"
  root=$out
  image import "$here/layout/files/a.tar"
  same "the trees of the URL's and the file's" 1 "$(names trees | wc -l)"
  run -- /bin/hold
  same "what runs in it" $'0 ready\nsame' "$status $out"
  image ls
  holds "the list" "$out" "tar:$url"
  forget && image rm "tar:$here/layout/files/a.tar"
  run -- /bin/hold
  same "the status where it was removed" 125 "$status"
  holds "what is said then" "$err" "is not fetched yet"
  holds "what to do" "$err" "devbox pull"
  pull --quiet
  same "the status of a quiet pull" "0 " "$status $err"
  same "the tree" "$root" "$out"
  store_is_whole
}

check_the_bytes_are_those_that_are_pinned_or_nothing_is_kept() {
  serve
  at a.tar "digest = \"sha256:$sum\""
  pull
  same "the status by an inline digest" 0 "$status" || wrong "$err"
  lock
  holds "what is said of a lock" "$err" "nothing to lock"
  forget
  at flip/a.tar "digest = \"sha256:$sum\""
  pull
  same "the status of other bytes" 1 "$status"
  holds "what is said of them" "$err" "$url is not the archive that the profile pins: it has sha256:"
  holds "what was wanted" "$err" "wants sha256:$sum"
  nothing_is_left "after other bytes"
  at html/a.tar "digest = \"sha256:$sum\""
  pull
  holds "what is said of a login page" "$err" "is not the archive that the profile pins"
  nothing_is_left "after a login page"
  at a.tar
  lock
  forget
  printf x >>"$here/layout/files/a.tar"
  pull
  same "the status of one that is longer than the locked" 1 "$status"
  holds "what is said of it" "$err" "wants sha256:$sum"
  same "the trees" "" "$(names trees)"
  same "the staging" "" "$(names staging)"
}

check_a_broken_connection_is_resumed() {
  local way
  serve
  for way in truncate-once-300000 no-length truncate-1500000/etag ignore-range/truncate-once-300000/etag \
    truncate-once-300000/weak-etag stall-once-1/etag slow-7 elsewhere status-times-503-2 retry-after-1 hops-10; do
    at "$way/a.tar"
    lock
    same "the status of $way" 0 "$status" || wrong "$err"
    holds "the lock of $way" "$(cat "$(lock_file)")" "archive = \"sha256:$sum\""
    forget
  done
  same "where a strong ETag names it, the rest is asked for" 1 \
    "$(grep -c "^$port GET /files/truncate-1500000/etag/a.tar - bytes=1500000-$" "$here/log")"
  same "where nothing does, all of it" 0 "$(grep "weak-etag" "$here/log" | grep -c bytes=)"
  at truncate-once-400000/a.tar "digest = \"sha256:$sum\""
  pull
  same "the status of a pinned one" 0 "$status" || wrong "$err"
  same "where the digest will tell, the rest" 1 "$(grep -c "truncate-once-400000/a.tar - bytes=400000-$" "$here/log")"
  store_is_whole
}

check_an_archive_that_changes_meanwhile_is_no_mixture() {
  serve
  fails truncate-once-300000/changed-later/a.tar "it was changed on the server while it was fetched"
  fails truncate-once-300000/changed-later/etag/a.tar "it was changed on the server while it was fetched"
  at ignore-range/truncate-once-300000/changed-later/a.tar "digest = \"sha256:$sum\""
  pull
  same "the status of a pinned one" 1 "$status"
  nothing_is_left "after a pinned one"
  fails wrong-range/truncate-once-300000/etag/a.tar "it was asked for the bytes from 300000 on"
}

check_what_a_server_refuses_is_told() {
  serve
  fails none.tar "devbox: cannot fetch http://127.0.0.1:$port/files/none.tar: 127.0.0.1:$port answers 404, it does not have it" \
    "is the URL spelt right"
  fails status-403/a.tar "answers 403" "devbox sends no password for an archive" '\x1b[31mdenied'
  fails truncate-1000/a.tar "broke the connection"
  same "the tries" 5 "$(grep -c "GET /files/truncate-1000/" "$here/log")"
  fails html/a.tar "cannot fetch" "cannot open the archive: Unrecognized archive format"
  fails loop/a.tar "redirects for the 11th time"
  fails to-file/a.tar "redirects to file:///etc/passwd, which is no http or https"
  fails to-plain/a.tar "redirects to plain http elsewhere (http://192.0.2.1/)"
  fails elsewhere-asks/a.tar "answers 401"
  same "credentials that anybody saw" 0 "$(grep -vc " - [-b][^ ]*$" "$here/log")"
}

check_plain_http_is_for_loopback_and_hosts_that_are_named() {
  local url=http://archive.invalid:8080/files/a.tar
  serve
  printf 'schema = 1\n[image]\nsource = "tar:%s"\n' "$url" >"$profiles/box.toml"
  lock
  same "the status" 1 "$status"
  holds "what is said" "$err" "plain http is not used for archive.invalid:8080"
  holds "what to do" "$err" '[registry."archive.invalid:8080"]'
  nothing_is_left "after plain http"
  printf '[registry."archive.invalid:8080"]\ninsecure = true\n' >"$HOME/.config/devbox/registries.toml"
  export http_proxy=http://127.0.0.1:$other
  lock
  same "the status where the host is named" 0 "$status" || wrong "$err"
  true_that "the proxy was asked" grep -q "^$other GET $url - -$" "$here/log"
  image verify
  same "the status of verify" 0 "$status"
}

check_outdated_fetches_and_compares_and_update_pins_what_is_there_now() {
  local before
  serve
  at a.tar
  lock
  outdated
  same "what is said where nothing moved" "0 " "$status $out"
  holds "what is said where nothing moved" "$err" "nothing has moved"
  before=$(cat "$(lock_file)")
  archive "$here/layout/files/a.tar" b
  outdated --exit-code
  same "the status where it moved" 1 "$status"
  holds "what moved" "$out" "${sum:0:12}"
  same "the trees" 1 "$(names trees | wc -l)"
  lock
  holds "what a lock says" "$err" "is up to date"
  same "the lock file" "$before" "$(cat "$(lock_file)")"
  lock --update
  same "the status of the update" 0 "$status" || wrong "$err"
  holds "the new lock" "$(cat "$(lock_file)")" "archive = \"sha256:$(sha256 "$here/layout/files/a.tar")\""
  pull --locked
  same "what is its own" b "$(cat "$out/data/own")"
}

check_a_repair_fetches_again() {
  local root
  serve
  at a.tar
  lock
  pull
  root=$out
  flip "$root/data/same"
  image verify
  same "the status of a damaged tree" 1 "$status"
  image verify --repair
  same "the status of the repair" 0 "$status" || wrong "$err"
  image verify
  same "the status of the repaired tree" 0 "$status" || wrong "$out"
  same "how often it was fetched" 2 "$(grep -c "GET /files/a.tar" "$here/log")"
  flip "$root/data/same"
  mv "$here/layout/files/a.tar" "$here/gone"
  image verify --repair
  same "the status where it is gone" 1 "$status"
  holds "what is said" "$err$out" "answers 404"
}

check_a_kill_at_any_moment_leaves_the_store_whole() {
  local i pid
  serve
  at slow-7/a.tar
  lock
  for ((i = 0; i < ${DEVBOX_TEST_KILLS:-20}; i++)); do
    [ $((i % 5)) != 0 ] || forget
    "$DEVBOX" pull -p box >/dev/null 2>&1 </dev/null &
    pid=$!
    sleep "$((RANDOM % 2)).$(printf '%03d' $((RANDOM % 999)))"
    kill -KILL "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
    [ $((i % 5)) != 4 ] || store_is_whole "after $i kills"
  done
  pull
  same "the status at last" 0 "$status" || wrong "$err"
  eventually "nothing of devbox-image lives" none_with "devbox-image fetch $HOME"
  store_is_whole "at last"
}

run_checks "$@"
