#!/usr/bin/env bash
# Roots that are written to, and workspaces whose writes are thrown away: what is kept, what is gone,
# and what never leaves the box.
. "$(dirname "$0")/lib.sh"

make_profiles() {
  profile kept <<<'root = "persistent"'
  profile thrown <<<'root = "ephemeral"'
  profile overlay <<<$'[workspace]\nmode = "overlay"'
  state=$HOME/.local/state/devbox
}

# in_box NAME COMMAND: a shell of the profile NAME; captured.
in_box() { capture "$DEVBOX" run -p "$1" -- sh -c "$2"; }

nothing_is_left() { [ -z "$(ls -A "$state/ephemeral" 2>/dev/null)" ] && [ -z "$(ls -A "$XDG_RUNTIME_DIR/devbox/boxes")" ]; }

# begin NAME COMMAND: a box of that profile in the background, as $pid; COMMAND says "up".
begin() {
  : >"$here/up"
  "$DEVBOX" run -p "$1" -- sh -c "$2" >"$here/up" 2>/dev/null &
  pid=$!
  eventually "it is up" grep -q up "$here/up"
}

# everything below DIRECTORY: names, kinds, modes, owners, times, bytes.
listing() {
  find "$1" -printf '%p %y %m %U %G %s %n %l %T@ %C@\n' | sort
  find "$1" -type f -exec sha256sum {} + | sort
}

check_writes_of_an_ephemeral_root_are_gone_with_the_box() {
  make_profiles
  in_box thrown 'touch /opt/new /etc/new && rm -r /srv && mkdir /srv && touch /srv/new && rm /etc/debian_version &&
    ls -A /opt /srv; [ ! -e /etc/debian_version ] && exit 7'
  same "what it saw" $'/opt:\nnew\n\n/srv:\nnew' "$out"
  same "the status is the command's" 7 "$status"
  same "what is said" "" "$err"
  true_that "nothing is left at once" nothing_is_left
  in_box thrown 'ls -A /opt /srv; cat /etc/debian_version'
  same "the next box" $'/opt:\n\n/srv:\n'"$(cat "$tree/etc/debian_version")" "$out"
}

check_nothing_of_it_is_left_by_whatever_end() {
  make_profiles
  local signal pid
  in_box thrown 'kill -9 $$'
  same "a signal's status" 137 "$status"
  true_that "a signal leaves nothing" nothing_is_left
  in_box thrown 'exec no-such-program'
  same "a command that is not there" 127 "$status"
  capture "$DEVBOX" run -p thrown -- no-such-program
  same "a command that cannot start" 127 "$status"
  true_that "a start that failed leaves nothing" nothing_is_left
  begin thrown 'touch /big; echo up; sleep 100 & wait'
  kill -TERM $pid
  ended $pid
  same "its status" 143 "$status"
  true_that "SIGTERM leaves nothing" nothing_is_left
}

check_after_kill_9_the_next_start_removes_it_a_read_only_one_too() {
  make_profiles
  local pid next
  for next in box thrown; do
    begin thrown 'rm -r /srv; mkdir /srv; mkdir /opt/closed; touch /opt/closed/x; chmod 0 /opt/closed; echo up; sleep 1789'
    kill -KILL $pid
    ended $pid
    eventually "its processes ended" none_with "sleep 1789"
    true_that "its writes are still there" [ -n "$(ls -A "$state/ephemeral")" ]
    sleep 0.1
    in_box $next 'true'
    same "the next start's status" 0 "$status"
    same "what it says" "" "$err"
    true_that "nothing is left after a start of $next" nothing_is_left
  done
}

check_a_box_that_runs_keeps_its_writes_while_others_end() {
  make_profiles
  local pid
  begin thrown 'echo mine >/opt/mine; echo up; while [ ! -e go ]; do sleep 0.01; done; cat /opt/mine'
  in_box thrown 'ls /opt; echo other >/opt/mine'
  same "two ephemeral roots share nothing" "" "$out"
  in_box box true
  touch go
  ended $pid
  same "its own writes" $'up\nmine' "$(cat "$here/up")"
  true_that "nothing is left" nothing_is_left
}

check_writes_of_a_persistent_root_stay() {
  make_profiles
  in_box kept 'echo one >/opt/one && rm /etc/debian_version && rm -r /media && rm -r /srv && mkdir /srv && echo new >/srv/new &&
    chmod 700 /mnt && chmod 755 /etc/issue && echo more >>/etc/issue && ln -s one /opt/link && mkfifo /opt/fifo'
  same "status" 0 "$status"
  in_box kept 'cat /opt/one /opt/link; ls -A /srv; [ -e /etc/debian_version ] || echo no file; [ -e /media ] || echo no directory
    stat -c %a /mnt /etc/issue; tail -n 1 /etc/issue; stat -c %F /opt/fifo; stat -c %a /'
  same "what was kept" $'one\none\nnew\nno file\nno directory\n700\n755\nmore\nfifo\n'"$(stat -c %a "$tree")" "$out"
  same "what is said" "" "$err"
  true_that "the tree has none of it" [ ! -e "$tree/opt/one" ]
  true_that "nothing of devbox's is written into it" [ ! -e "$state/roots"/*/*/upper/etc/passwd ]
}

check_directories_are_removed_made_again_and_renamed() {
  make_profiles
  in_box kept 'rmdir /usr/local/games && mkdir /usr/local/games && rmdir /usr/local/games && mkdir /usr/local/games && touch /usr/local/games/x &&
    cp -a /etc/default /opt/before && mv /etc/default /etc/default.old && diff -r /opt/before /etc/default.old &&
    mkdir /etc/default && touch /etc/default/new && mkdir /opt/a && mv /opt/a /opt/b && mv /usr/games /opt/b/ && ls /usr/local/games /etc/default'
  same "status" 0 "$status"
  same "in place" $'/etc/default:\nnew\n\n/usr/local/games:\nx' "$out"
  in_box kept 'ls /usr/local/games /etc/default; ls /opt /opt/b; [ -e /usr/games ] || echo moved; rm -r /opt/b /etc/default && mkdir /etc/default && ls -A /etc/default'
  same "at the next start" $'/etc/default:\nnew\n\n/usr/local/games:\nx\n/opt:\nb\nbefore\n\n/opt/b:\ngames\nmoved' "$out"
}

check_what_programs_replace_in_etc_is_replaced() {
  make_profiles
  in_box kept 'for file in passwd group hosts hostname resolv.conf; do
      cp /etc/$file /etc/$file.new && echo "# mine" >>/etc/$file.new && mv /etc/$file.new /etc/$file || exit
    done
    echo "anna:x:2000:2000::/home/anna:/bin/sh" >>/etc/passwd'
  same "as adduser, vipw and their kin do it" 0 "$status"
  in_box kept 'tail -qn 1 /etc/passwd /etc/group /etc/hosts /etc/hostname /etc/resolv.conf; id -un; id -gn; id -un 2000'
  same "at the next start" $'anna:x:2000:2000::/home/anna:/bin/sh\n# mine\n# mine\n# mine\n# mine\n'"$(id -un)"$'\n'"$(id -gn)"$'\nanna' "$out"
}

check_a_kept_passwd_learns_of_a_user_who_changed() {
  make_profiles
  local user upper
  user=$(id -un)
  in_box kept "sed -i 's/^$user:x:$(id -u)/$user:x:77/; \$a anna:x:2000:2000::/:/bin/sh' /etc/passwd; chmod 640 /etc/passwd"
  in_box kept 'id -un; id -un 2000; grep -c "^'"$user"':" /etc/passwd; stat -c "%a %U" /etc/passwd; ls /etc/.devbox-new'
  same "who he is" "$user"$'\nanna\n1\n640 '"$user" "$out"
  upper=$(echo "$state"/roots/*/*/upper)
  touch -d @0 "$upper/etc/passwd"
  in_box kept 'id -un'
  same "and it stays" "$user 0" "$out $(stat -c %Y "$upper/etc/passwd")"
}

check_a_place_that_a_kept_root_took_away_is_made_again() {
  make_profiles
  mkdir "$here/sdk" && echo tool >"$here/sdk/tool"
  in_box kept 'rm -r /srv && mkdir /srv && rm -r /opt'
  profile kept <<TOML
root = "persistent"
[mounts."/srv/a/b"]
source = "$here/sdk"
[mounts."/opt/one"]
source = "$here/sdk/tool"
[mounts."/srv/t"]
type = "tmpfs"
TOML
  in_box kept 'cat /srv/a/b/tool /opt/one && touch /srv/t/x'
  same "what is there" $'tool\ntool' "$out"
  same "what is said" "" "$err"
}

check_one_box_at_a_time_has_a_persistent_root() {
  make_profiles
  local pid box
  begin kept 'echo up; sleep 1000'
  box=$(ls "$XDG_RUNTIME_DIR/devbox/boxes")
  refuses 125 "devbox: the persistent root of $profiles/kept.toml is in use by the box $box, of process $pid
  hint: two boxes would damage what they both write; \`devbox stop $pid\` ends that one; \`image.root = \"ephemeral\"\` allows any number" \
    "$DEVBOX" run --new -p kept -- true
  in_box thrown 'echo fine'
  same "an ephemeral one beside it" fine "$out"
  kill "$pid"
  ended $pid
  local i
  for i in 1 2 3 4 5 6 7 8 9 10; do
    in_box kept 'true'
    same "one after the other, $i" "0 " "$status $err"
  done
}

# Kills the launcher, waits for the lock, and looks at once for what the box still runs.
readonly lock_and_look='
import fcntl, os, signal, sys
lock, launcher, pids = open(sys.argv[1]), int(sys.argv[2]), [int(p) for p in sys.argv[3:]]
os.kill(launcher, signal.SIGKILL)
fcntl.flock(lock, fcntl.LOCK_EX)
for pid in pids:
    try:
        os.kill(pid, 0)
        print("alive when the lock was free:", pid)
    except ProcessLookupError:
        pass
'

check_the_lock_outlives_the_launcher_as_long_as_a_process_of_the_box_does() {
  make_profiles
  needs python3
  local i pid large
  for i in 1 2 3; do
    # One with much memory takes its time to die.
    begin kept 'for i in 1 2; do setsid sh -c "dd if=/dev/zero bs=200M | sleep 1000" & done; echo up; wait'
    eventually "they have their memory" has_two_large
    large=$(large_ones)
    same "$i: what still ran" "" "$(python3 -c "$lock_and_look" "$(echo "$state"/roots/*/*/lock)" "$pid" $large)"
    ended $pid
    in_box kept 'true'
    same "the next start" "0 " "$status $err"
  done
}
large_ones() {
  local pid
  for pid in $(processes_with "dd if=/dev/zero bs=200M"); do
    [ "$(cat "/proc/$pid/comm")" = dd ] && awk -v pid="$pid" '/VmRSS/ && $2 > 200000 { print pid }' "/proc/$pid/status"
  done 2>/dev/null
}
has_two_large() { [ "$(large_ones | wc -l)" = 2 ]; }

check_twenty_kills_at_any_moment_damage_nothing() {
  make_profiles
  local i pid pause busy='while :; do
      rm -r /opt/d; mkdir /opt/d; echo x >/opt/d/x; mv /opt/d /opt/e; mv /opt/e /opt/d
      rm -rf /etc/default; cp -r /usr/share/base-files /etc/default; mv /etc/issue /etc/issue2; mv /etc/issue2 /etc/issue
    done'
  in_box kept 'mkdir /opt/d && echo whole >/opt/whole'
  for i in $(seq 20); do
    "$DEVBOX" run -p kept -- sh -c "$busy" 2>/dev/null &
    pid=$!
    pause=$((RANDOM % 120))
    sleep "$(printf '0.%03d' $pause)"
    kill -KILL $pid
    ended $pid
    in_box kept 'cat /opt/whole; find / -xdev -type f -path "/etc/*" -exec cat {} + >/dev/null; find / -xdev >/dev/null; rm -rf /opt/d /opt/e; mkdir /opt/d && rmdir /opt/d && mkdir /opt/d'
    same "after kill $i at $pause ms: status" 0 "$status"
    same "after kill $i at $pause ms" "whole" "$out$err"
  done
  true_that "no box's entry is left" [ -z "$(ls -A "$XDG_RUNTIME_DIR/devbox/boxes")" ]
}

check_twenty_kills_of_ephemeral_ones_leave_nothing_for_the_next() {
  make_profiles
  local i pid
  for i in $(seq 20); do
    "$DEVBOX" run -p thrown -- sh -c 'while :; do rm -rf /etc/default; cp -r /usr/share/base-files /etc/default; done' 2>/dev/null &
    pid=$!
    sleep "$(printf '0.%03d' $((RANDOM % 80)))"
    kill -KILL $pid
    ended $pid
  done
  eventually "they ended" none_with "cp -r /usr/share/base-files"
  sleep 0.2
  in_box thrown true
  same "the next" "0 " "$status $err"
  true_that "nothing is left" nothing_is_left
}

check_a_pinned_tree_is_written_over_as_it_was_in_its_archive() {
  make_profiles
  tar -C "$tree" --exclude=./usr/lib/gcc --exclude=./usr/share --exclude=./usr/include --exclude='*.a' --exclude=./var/cache \
    --mode=+t -cf "$here/part.tar" ./opt 2>/dev/null
  tar -C "$tree" --exclude=./usr/lib/gcc --exclude=./usr/share --exclude=./usr/include --exclude='*.a' --exclude=./var/cache \
    --exclude=./opt -rf "$here/part.tar" . 2>/dev/null
  capture "$DEVBOX" image import "$here/part.tar"
  local pin=$out name before
  before=$(find "$HOME/.local/share/devbox/trees" -path '*/root/*' -printf '%p %m %T@ %C@\n' | sort | sha256sum)
  for name in ephemeral persistent; do
    printf 'schema = 1\n[image]\n%s\nroot = "%s"\n' "$pin" $name >"$profiles/pinned.toml"
    in_box pinned 'touch /new /etc/new /usr/bin/new && mkdir /usr/new && mv /usr/games /opt/ && stat -c "%a %n" / /opt /usr /root && chmod 555 /'
    same "$name: what is written, and the modes" $'755 /\n1755 /opt\n755 /usr\n700 /root' "$out"
    same "$name: what is said" "" "$err"
  done
  in_box pinned 'ls -d /new /usr/games /opt/games; stat -c %a /; chmod 755 /'
  same "what is kept" $'/new\n/opt/games\n555' "$out"
  same "the tree" "$before" "$(find "$HOME/.local/share/devbox/trees" -path '*/root/*' -printf '%p %m %T@ %C@\n' | sort | sha256sum)"
  printf 'schema = 1\n[image]\n%s\n' "$pin" >"$profiles/pinned.toml"
  in_box pinned 'touch /opt/new'
  holds "read-only" "$err" "Read-only file system"
}

check_two_projects_of_one_name_share_no_root() {
  make_profiles
  local one
  for one in one two; do
    mkdir -p "$here/$one" && cd "$here/$one" || return
    printf 'schema = 1\nname = "dev"\n[image]\nsource = "rootfs:%s"\nroot = "persistent"\n' "$tree" >devbox.toml
    capture "$DEVBOX" run --trust -- sh -c "ls -A /opt; touch /opt/$one"
    same "what $one finds" "" "$out"
  done
  cd "$here/one" || return
  capture "$DEVBOX" run --trust -- ls -A /opt
  same "what one finds again" one "$out"
}

check_a_root_of_another_tree_is_kept_and_told_of() {
  make_profiles
  in_box kept 'touch /opt/one'
  mkdir -p "$here/other/bin" && cp "$tree/usr/bin/true" "$here/other/bin/sh"
  capture "$DEVBOX" plan -p kept --root "rootfs:$here/other"
  holds "the note" "$out" "note        the persistent root of this profile starts anew, on $here/other; what was written over $(realpath "$tree") is kept in $state/roots/"
  in_box kept 'ls /opt'
  same "it is still there" one "$out"
}

check_what_is_thrown_away_of_a_workspace_never_reaches_the_host() {
  make_profiles
  mkdir -p deep/er secret && echo one >deep/one && echo two >deep/er/two && ln -s deep link && echo hidden >secret/token && chmod 750 deep
  cat >>"$profiles/overlay.toml" <<TOML
[mounts."$project/secret"]
type = "mask"
[mounts."$project/build/out"]
type = "tmpfs"
TOML
  local before
  before=$(listing "$project")
  in_box overlay 'ls secret; echo more >>deep/one && rm deep/er/two && rmdir deep/er && mkdir deep/er && touch new deep/er/new && rm link && mv deep other &&
    chmod 600 other/one && echo o >build/out/o && find . | sort; stat -c %a . other; pwd; mv secret s2 || umount secret || rm -r secret'
  same "what it saw" $'.\n./build\n./build/out\n./build/out/o\n./new\n./other\n./other/er\n./other/er/new\n./other/one\n./secret\n755\n750\n'"$project" "$out"
  lacks "what it saw of the secret" "$out$err" hidden
  same "the host's" "$before" "$(listing "$project")"
  true_that "nothing is left" nothing_is_left
  in_box overlay 'cat deep/er/two; ls new'
  same "the next box" two "$out"
  in_box overlay 'unshare -Ur sh -c "umount '"$project"'; umount '"$project"'/secret; mount -o remount,bind,rw /usr; cat secret/token; echo x >>deep/one"'
  lacks "from a namespace inside" "$out" hidden
  same "the host's, then" "$before" "$(listing "$project")"
}

check_devbox_own_directories_stay_covered() {
  make_profiles
  profile inside <<TOML
root = "ephemeral"
[home]
mode = "host"
TOML
  mkdir -p "$state"
  in_box inside "ls -A $state; ls -A $HOME/.config/devbox; echo x >$state/trust; mv $HOME/.local $HOME/.other; mkdir -p $HOME/.local/state/devbox; ls $HOME/.other"
  same "what it saw" "" "$out"
  true_that "the trust is not written" [ ! -e "$state/trust" ]
  true_that "the directory was not moved" [ -d "$HOME/.local/state/devbox" ]
  # The project's state directory may lie in it: then there is no place for what is written.
  capture env XDG_STATE_HOME="$project/state" "$DEVBOX" run -p overlay -- true
  same "status" 125 "$status"
  holds "the refusal" "$err" "which lies in the workspace itself"
}

check_masks_stay_on_in_a_writable_root() {
  make_profiles
  cat >>"$profiles/thrown.toml" <<'TOML'
[mounts."/usr/share/base-files/motd"]
type = "mask"
[mounts."/etc/default"]
type = "mask"
[mounts."/etc/issue"]
type = "mask"
[mounts."/etc/debian_version"]
type = "file"
content = "generated\n"
TOML
  in_box thrown 'ls -A /etc/default; cat /etc/issue; rm -f /etc/issue; mv /etc/default /opt; rmdir /etc/default
    mv /usr/share/base-files /opt; cat /opt/base-files/motd /usr/share/base-files/motd; umount /etc/issue; unshare -Ur umount /etc/issue; unshare -Ur cat /etc/issue
    unshare -Urm sh -c "umount /etc/issue; rm /etc/issue; cat /etc/issue"
    echo x >/etc/debian_version; rm /etc/debian_version; cat /etc/debian_version'
  same "what it saw" generated "$out"
}

check_files_of_other_ids_are_kept_and_thrown_away_alike() {
  make_profiles
  command -v newuidmap >/dev/null && grep -q "^$(id -un):" /etc/subuid || skip "$(id -un) has no subordinate ids"
  local name
  for name in kept thrown; do
    cat >>"$profiles/$name.toml" <<'TOML'
[ids]
map = "subids"
[security]
capabilities = ["chown", "fowner", "dac_override", "setuid", "setgid", "sys_admin"]
TOML
    in_box $name 'mkdir -p /opt/d/e && touch /opt/d/e/f && chown 33:42 /opt/d/e/f && chown 5:6 /opt/d/e && chmod 700 /opt/d/e && chown 0:0 /etc /etc/passwd &&
      setpriv --reuid 7 --regid 7 --clear-groups id -u; id -u; stat -c "%u:%g %a" /opt/d/e/f /opt/d/e /etc /etc/passwd'
    same "$name: what it made" $'7\n'"$(id -u)"$'\n33:42 644\n5:6 700\n0:0 755\n0:0 644' "$out"
    in_box $name 'setpriv --reuid 0 --regid 0 --clear-groups sh -c "mount -o remount,bind,rw /sys; umount /proc; touch /sys/x" && echo changed'
    same "$name: mounts are locked though capabilities are kept" "" "$out"
  done
  true_that "what was thrown away is gone" nothing_is_left
  in_box kept 'stat -c "%u:%g %a" /opt/d/e/f; id -un; rm -r /opt/d; chown '"$(id -u):$(id -g)"' /etc /etc/passwd'
  same "what was kept" $'33:42 644\n'"$(id -un)" "$out"
}

check_root_of_one_id_may_pretend_to_give_files_away() {
  make_profiles
  capture "$DEVBOX" run -p thrown --map root -- sh -ec '
    echo x >/etc/new
    chown 42:42 /etc/new
    mknod /etc/device c 1 3
    mkfifo /etc/fifo
    stat -c "%U %F" /etc/new /etc/fifo
    ls /etc/device 2>/dev/null ||:
    perl -e "use POSIX; POSIX::setgid(42) and POSIX::setuid(42) or die; print \"uid \$<\n\""'
  same "status" 0 "$status"
  same "what it became" $'root regular file\nroot fifo\nuid 0' "$out"
  capture "$DEVBOX" run -p thrown -- chown 42:42 /etc/hostname
  holds "who is not root" "$err" "Invalid argument"  # no such id
  capture "$DEVBOX" run -p box --map root -- chown 42:42 /etc/hostname
  same "status in a root that nobody writes to" 1 "$status"
}

check_the_host_and_foreign_trees_are_refused_with_the_reason() {
  make_profiles
  printf 'schema = 1\n[image]\nsource = "host"\nroot = "ephemeral"\n' >"$profiles/host.toml"
  capture "$DEVBOX" run -p host -- true
  same "status" 125 "$status"
  holds "the host's" "$err" "host.toml:4:8: \`image.root\`: the host's own programs are read-only in every box"
  printf 'schema = 1\n[image]\nsource = "rootfs:/usr"\nroot = "ephemeral"\n' >"$profiles/foreign.toml"
  capture "$DEVBOX" run -p foreign -- true
  same "status" 125 "$status"
  holds "another's" "$err" "/usr belongs to uid 0, which the box does not have"
  true_that "nothing was made" [ ! -e "$state/ephemeral" ]
}

check_doctor_says_whether_roots_can_be_written() {
  make_profiles
  capture "$DEVBOX" doctor -p thrown --json
  holds "the finding" "$out" '"writable overlay"'
  true_that "nothing is left of the trial" [ -z "$(find "$HOME" -name '.devbox-trial*')" ]
}

run_checks "$@"
