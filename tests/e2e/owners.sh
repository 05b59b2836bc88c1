#!/usr/bin/env bash
# Trees whose files belong to whom the archive says, as subordinate ids: profiles with
# `map = "subids"`. A Debian of that kind needs the network.
. "$(dirname "$0")/lib.sh"
needs gcc python3 newuidmap newgidmap
grep -q "^$(id -un):" /etc/subuid || skip "$(id -un) has no subordinate ids"
unshare --map-root-user --map-auto true 2>/dev/null || skip "this unshare cannot map subordinate ids"

# Files of other ids are not ours to remove.
as_root() { unshare --map-root-user --map-auto "$@"; }
trap 'as_root rm -rf "$work"' EXIT

# look PATH…: owner and mode of each, or why not; read FILE: its bytes.
compile look <<'END'
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
int main(int argc, char** argv) {
  struct stat st;
  char bytes[64];
  if (argc == 3 && strcmp(argv[1], "read") == 0) {
    int fd = open(argv[2], O_RDONLY);
    ssize_t got = fd < 0 ? -1 : read(fd, bytes, sizeof bytes);
    if (got < 0) return puts(strerror(errno)), 1;
    return write(1, bytes, got) != got;
  }
  for (int i = 1; i < argc; ++i) {
    if (lstat(argv[i], &st) < 0) printf("%s %s\n", argv[i], strerror(errno));
    else printf("%s %u:%u %o\n", argv[i], st.st_uid, st.st_gid, st.st_mode & 07777);
  }
  return 0;
}
END

readonly everything=(/ /bin /bin/look /bin/suid /etc/secret /closed /closed/inner /thousand /high /high2
  /link /open /shared /mine)

# archive FILE [NAME UID GID]: a root filesystem with several owners, and one file more.
archive() {
  python3 - "$helpers/look" "$(id -u)" "$(id -g)" "$@" <<'PY'
import io, sys, tarfile
look, own_uid, own_gid, out, *more = sys.argv[1:]
program = open(look, "rb").read()
with tarfile.open(out, "w") as tar:
    def add(name, kind, mode, uid, gid, data=b"", link=""):
        info = tarfile.TarInfo(name)
        info.type, info.mode, info.uid, info.gid, info.mtime = kind, mode, uid, gid, 1000000000
        info.linkname, info.size = link, len(data)
        tar.addfile(info, io.BytesIO(data))
    d, f = tarfile.DIRTYPE, tarfile.REGTYPE
    add("./", d, 0o700, 0, 0)
    for name in ("bin", "etc", "proc", "dev", "tmp", "run", "sys", "home"):
        add(name, d, 0o755, 0, 0)
    add("bin/look", f, 0o755, 0, 0, program)
    add("bin/suid", f, 0o6755, 0, 42, program)
    add("etc/secret", f, 0o600, 0, 0, b"secret\n")
    add("closed", d, 0o700, 42, 42)
    add("closed/inner", f, 0o644, 42, 43, b"inner\n")
    add("closed/deep", d, 0o500, 1000, 7)
    add("closed/deep/er", d, 0o000, 42, 42)
    add("thousand", f, 0o640, 1000, 1000, b"thousand\n")
    add("high", f, 0o604, 65533, 65533, b"high\n")
    add("high2", tarfile.LNKTYPE, 0o604, 65533, 65533, link="high")
    add("link", tarfile.SYMTYPE, 0o777, 42, 7, link="high")
    add("open", d, 0o1777, 0, 0)
    add("shared", d, 0o2775, 0, 8)
    add("mine", f, 0o600, int(own_uid), int(own_gid), b"mine\n")
    for i in range(300):
        add("etc/%d" % i, f, 0o644, i, i, b"%d\n" % i * 1000)
    if more:
        add(more[0], f, 0o644, int(more[1]), int(more[2]), b"more\n")
PY
}

# pin NAME FILE: a profile on it, with what comes on standard input.
pin() {
  {
    printf 'schema = 1\n[image]\nsource = "tar:%s"\ndigest = "sha256:%s"\n' "$2" "$(sha256 "$2")"
    cat
  } >"$profiles/$1.toml"
}
sha256() { sha256sum "$1" | cut -d' ' -f1; }
owned() { echo "$HOME/.local/share/devbox/owned"; }
staged() { ls -A "$(owned)/staging" 2>/dev/null; }
root() { echo "$(owned)"/trees/*/root; }
image() { capture "$DEVBOX" image "$@"; }
json() { python3 -c "import json,sys; a=json.load(sys.stdin); print($1)" <<<"$out"; }

# pulled: "owners" is a profile on such an archive, which is unpacked; "all" may read everything too.
pulled() {
  archive "$here/a.tar"
  pin owners "$here/a.tar" <<<$'[ids]\nmap = "subids"'
  pin all "$here/a.tar" <<<$'[ids]\nmap = "subids"\n[security]\ncapabilities = ["dac_read_search"]'
  capture "$DEVBOX" pull -p owners
  same "what pull says" "devbox: unpacking" "$err"
  same "the status of pull" 0 "$status"
}
thrown_away() { as_root rm -rf "$HOME/.local"; }

is_whole() {
  image verify
  same "the status of verify $1" 0 "$status"
  lacks "what verify says $1" "$out" differ
}

# What a box with the tree sees.
check_inside_files_have_the_owners_of_the_archive() {
  pulled
  capture "$DEVBOX" run -p all -- /bin/look "${everything[@]}"
  same "owners and modes, without setuid and setgid of files" "/ 0:0 755
/bin 0:0 755
/bin/look 0:0 755
/bin/suid 0:42 755
/etc/secret 0:0 600
/closed 42:42 700
/closed/inner 42:43 644
/thousand 1000:1000 640
/high 65533:65533 604
/high2 65533:65533 604
/link 42:7 777
/open 0:0 1777
/shared 0:8 2775
/mine $(id -u):$(id -g) 600" "$out"
  same "what is said" "0 " "$status $err"
  capture "$DEVBOX" run -p owners -- /bin/look read /etc/secret
  same "root's file, to somebody else" "1 Permission denied" "$status $out"
  capture "$DEVBOX" run -p owners -- /bin/look read /mine
  same "one's own" "0 mine" "$status $out"
  thrown_away
}

check_outside_they_belong_to_the_ranges_and_to_the_user() {
  pulled
  local start uid
  start=$(sed -n "s/^$(id -un):\([0-9]*\):.*/\1/p" /etc/subuid | head -1)
  uid=$(id -u)
  same "root's" "$start" "$(stat -c %u "$(root)")"
  same "one above the user's own" "$((start + 65533 - (uid < 65533)))" "$(stat -c %u "$(root)/high")"
  same "one's own" "$uid" "$(stat -c %u "$(root)/mine")"
  same "setuid and setgid files" "" "$(as_root find "$(root)" -type f -perm /6000)"
  same "the names of one file" 2 "$(stat -c %h "$(root)/high")"
  true_that "what is closed is closed" [ ! -r "$(root)/closed" ]
  thrown_away
}

check_a_plain_profile_on_the_same_image_has_its_own_tree() {
  pulled
  pin plain "$here/a.tar" </dev/null
  capture "$DEVBOX" run -p plain -- /bin/look /closed
  holds "the tree with owners is not taken" "$err" "is not unpacked yet"
  capture "$DEVBOX" pull -p plain
  same "the status of pull" 0 "$status"
  capture "$DEVBOX" run -p plain -- /bin/look /closed/inner /etc/secret
  same "all is the user's" "/closed/inner $(id -u):$(id -g) 644
/etc/secret $(id -u):$(id -g) 600" "$out"
  capture "$DEVBOX" run -p owners -- /bin/look /etc/secret
  same "and there it is not" "/etc/secret 0:0 600" "$out"
  image ls
  same "the list" 1 "$(grep -c "(with owners)$" <<<"$out")"
  same "its lines" 2 "$(wc -l <<<"$out")"
  image ls --json
  same "the list as JSON" "[False, True]" "$(json '[i["owners"] for i in a]')"
  image du
  same "the sizes" 1 "$(grep -c "(with owners)$" <<<"$out")"
  image du --json
  true_that "each has bytes of its own" [ "$(json 'min(i["own"] for i in a["images"]) > 300000')" = True ]
  same "the whole is their sum" True "$(json 'a["total"] >= sum(i["own"] for i in a["images"])')"
  is_whole "of both"
  thrown_away
}

check_rm_and_gc_leave_nothing() {
  pulled
  image rm "tar:$here/a.tar"
  same "what rm says" "0 devbox: removed tar:$here/a.tar (with owners)" "$status $err"
  same "what is left" "" "$(find "$(owned)" -mindepth 2 | head -5)"
  pulled
  image gc --max-size 1
  same "the status of gc" 0 "$status"
  same "what is left by gc" "" "$(find "$(owned)" -mindepth 2 | head -5)"
  thrown_away
}

a_box_is_there() { [ -n "$(ls -A "$XDG_RUNTIME_DIR/devbox/boxes" 2>/dev/null)" ]; }

check_a_tree_that_is_in_use_stays() {
  pulled
  mkfifo "$here/hold"
  "$DEVBOX" run -p owners -- /bin/look read /proc/self/fd/0 <"$here/hold" >"$here/held" 2>&1 &
  local pid=$!
  exec 9>"$here/hold"
  eventually "the box is there" a_box_is_there
  image rm "tar:$here/a.tar"
  holds "what rm says" "$err" "(with owners) stays"
  same "the status of rm" 1 "$status"
  exec 9>&-
  ended $pid
  is_whole "then"
  thrown_away
}

check_verify_finds_another_owner_and_repair_mends_it() {
  pulled
  as_root chown 5:5 "$(root)/closed/inner" "$(root)/high"
  as_root chmod 755 "$(root)/closed"
  image verify
  same "the status" 1 "$status"
  same "what differs" "tar:$here/a.tar (with owners): 4 differ
  closed: mode
  closed/inner: owner
  high: owner
  high2: owner" "$out"
  image verify --repair
  same "the status of a repair" 0 "$status"
  holds "what it says" "$err" "is mended"
  is_whole "then"
  image gc
  same "what is left of the repair" "manifest root" "$(echo "$(ls "$(owned)"/trees/*)" | paste -sd' ')"
  same "staging" "" "$(staged)"
  thrown_away
}

check_an_id_outside_of_the_ranges_is_refused_and_nothing_kept() {
  archive "$here/far.tar" far 70000 5
  pin far "$here/far.tar" <<<$'[ids]\nmap = "subids"'
  refuses 1 "devbox: unpacking
devbox: cannot import $here/far.tar: the archive's member far belongs to uid 70000, which $(id -un)'s subordinate ids do not reach
  hint: a range of at least 70000 uids in /etc/subuid does; without \`map = \"subids\"\` every file is the user's, and needs none" \
    "$DEVBOX" pull -p far
  same "what is left" "" "$(find "$(owned)" -mindepth 2 | head -5)"
  thrown_away
}

check_what_cannot_map_ids_is_named_before_anything_is_unpacked() {
  archive "$here/a.tar"
  pin owners "$here/a.tar" <<<$'[ids]\nmap = "subids"'
  mkdir "$here/path"
  local program verb
  for program in getent getsubids; do
    ! command -v $program >/dev/null || ln -s "$(command -v $program)" "$here/path/"
  done
  for verb in pull "run -p owners -- /bin/look"; do
    [ "$verb" != pull ] || verb="pull -p owners"
    capture env PATH="$here/path" "$DEVBOX" $verb
    holds "what ${verb%% *} says" "$err" "cannot handle a tree whose files have owners: newuidmap is not installed"
    true_that "nothing was made" [ -z "$(find "$(owned)" -mindepth 2 2>/dev/null)" ]
  done
  capture "$DEVBOX" run -p owners -- /bin/look
  holds "what a user with ranges hears" "$err" "\`devbox pull -p $profiles/owners.toml\` unpacks it"
  capture "$DEVBOX" run -p owners --map self -- /bin/look
  holds "where --map asks for the other kind" "$err" "with this --map its files are all yours"
  thrown_away
}

check_a_kill_at_any_moment_ten_times_leaves_it_whole() {
  archive "$here/a.tar"
  pin owners "$here/a.tar" <<<$'[ids]\nmap = "subids"'
  local i pid begun taken
  begun=$(date +%s%N)
  "$DEVBOX" pull -p "$profiles/owners.toml" >/dev/null 2>&1
  taken=$((($(date +%s%N) - begun) / 1000000))
  for ((i = 0; i < 10; i++)); do
    image rm "tar:$here/a.tar"
    "$DEVBOX" pull -p "$profiles/owners.toml" >/dev/null 2>&1 </dev/null &
    pid=$!
    sleep "$(python3 -c "print($((RANDOM % 1000)) * $taken / 1e6)")"
    # Every third time what it started.
    if [ $((i % 3)) = 2 ]; then pkill -KILL -P "$pid"; else kill -KILL "$pid" 2>/dev/null; fi
    wait "$pid" 2>/dev/null
    "$DEVBOX" pull -p "$profiles/owners.toml" >/dev/null 2>&1
    is_whole "after kill $i"
    same "staging after kill $i" "" "$(staged)"
  done
  for ((i = 0; i < 5; i++)); do
    "$DEVBOX" image rm "tar:$here/a.tar" >/dev/null 2>&1 &
    pid=$!
    sleep "0.0$((RANDOM % 10))"
    kill -KILL "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
    eventually "a removal that goes on ends" none_with "$here/a.tar"
    "$DEVBOX" pull -p "$profiles/owners.toml" >/dev/null 2>&1
    is_whole "after removal $i"
    same "staging after removal $i" "" "$(staged)"
  done
  eventually "nothing of it runs" none_with "$here/"
  image rm "tar:$here/a.tar"
  same "what is left at last" "" "$(find "$(owned)" -mindepth 2 | head -5)"
  thrown_away
}

check_a_root_that_is_written_to_shows_the_same_owners() {
  archive "$here/a.tar"
  pin written "$here/a.tar" <<<$'root = "persistent"\n[ids]\nmap = "subids"\n[security]\ncapabilities = ["dac_read_search"]'
  capture "$DEVBOX" pull -p written
  same "the status of pull" 0 "$status"
  capture "$DEVBOX" run -p written -- /bin/look / /closed/inner /open /shared
  same "what the box sees" "/ 0:0 755
/closed/inner 42:43 644
/open 0:0 1777
/shared 0:8 2775" "$out"
  same "what is said" "0 " "$status $err"
  thrown_away
}

# --- A Debian ---

check_apt_get_and_chown_work_in_a_debian_of_many_users() {
  needs mmdebstrap
  cat >devbox.toml <<'TOML'
schema = 1
[image]
source = "debian:bookworm"
root = "ephemeral"
[ids]
map = "subids"
[env]
pass = ["*_proxy"]
[security]
capabilities = ["chown", "dac_override", "fowner", "fsetid", "setgid", "setuid"]
TOML
  online "$DEVBOX" lock
  [[ "$err" != *@(resolv|onnect|unreachable)* ]] || skip "the network is not there: $err"
  same "the status of lock: $err" 0 "$status"
  local digest
  digest=$(sed -n 's/^tree = "sha256:\(.*\)"/\1/p' devbox.lock.toml)
  same "what the store has" "owned-$digest" "$(ls "$(owned)/sources")"
  is_whole "of Debian"
  online "$DEVBOX" run --trust -- setpriv --reuid 0 --regid 0 --clear-groups sh -c '
    stat -c "%n %U:%G %a" /etc/shadow /var/mail /var/local /var/cache/apt/archives/partial
    apt-get update >/dev/null && apt-get install -y --no-install-recommends cron >/tmp/apt 2>&1 || cat /tmp/apt
    stat -c "%n %U:%G %a" /var/spool/cron/crontabs /usr/bin/crontab
    adduser --system --group box >/dev/null && touch /srv/x && chown box:mail /srv/x && stat -c %U:%G /srv/x
    setpriv --reuid box --regid box --clear-groups sh -c "id -un; cat /etc/shadow" 2>&1'
  same "what it shows" "/etc/shadow root:shadow 640
/var/mail root:mail 2775
/var/local root:staff 2775
/var/cache/apt/archives/partial _apt:root 700
/var/spool/cron/crontabs root:crontab 1730
/usr/bin/crontab root:crontab 2755
box:mail
box
cat: /etc/shadow: Permission denied" "$out"
  as_root chown 5:5 "$(root)/etc/shadow"
  online "$DEVBOX" image verify --repair
  same "the status of a repair: $err" 0 "$status"
  holds "what it mends" "$out" $'(with owners): 1 differs\n  etc/shadow: owner'
  is_whole "after a repair"
  # A lock file that knows the owners wants them.
  sed -i "s/^tree = .*/tree = \"sha256:$(printf '%064d' 7)\"/" devbox.lock.toml
  capture "$DEVBOX" run --trust -- true
  holds "another tree" "$err" "is not made yet"
  thrown_away
}

run_checks "$@"
