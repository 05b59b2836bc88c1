#!/usr/bin/env bash
# devbox box: what a persistent root holds beyond its image, thrown away, and made an image.
. "$(dirname "$0")/lib.sh"
needs python3 dpkg-deb

# Files of other ids are not ours to remove.
as_root() { unshare --map-root-user --map-auto "$@"; }
trap 'as_root rm -rf "$work" 2>/dev/null; remove_work' EXIT

# A Debian of 10 MB with a shell and dpkg, made once: $work/small.tar.
small_archive() {
  local root=$work/small name
  [ ! -e "$work/small.tar" ] || return 0
  mkdir -p "$root"/{etc/dir/sub,proc,dev,tmp,run,sys,home,opt,usr/bin,usr/sbin,usr/lib64,var/lib/dpkg/info,var/lib/dpkg/updates,var/lib/dpkg/triggers}
  ln -s usr/bin "$root/bin" && ln -s usr/sbin "$root/sbin" && ln -s usr/lib "$root/lib" && ln -s usr/lib64 "$root/lib64"
  for name in dash bash ls mkdir rmdir rm mv ln chmod chown cat touch cp stat mkfifo sleep seq tar id diff dpkg dpkg-deb dpkg-split; do
    cp "$tree/usr/bin/$name" "$root/usr/bin/"
  done
  ln -s dash "$root/usr/bin/sh"
  printf "#!/bin/sh\n" >"$root/usr/sbin/ldconfig" && cp "$root/usr/sbin/ldconfig" "$root/usr/sbin/start-stop-daemon" && chmod 755 "$root"/usr/sbin/*
  (cd "$tree" && tar -c usr/lib64 usr/lib/x86_64-linux-gnu/{ld-linux-x86-64.so.2,libc.so.6,libtinfo.so.6*,libselinux.so.1,libpcre2-8.so.0*,libacl.so.1*,libattr.so.1*,libmd.so.0*,libz.so.1*,liblzma.so.5*,libbz2.so.1*,libzstd.so.1*}) | tar -C "$root" -x
  touch "$root/var/lib/dpkg/status" "$root/var/lib/dpkg/available"
  printf 'root:x:0:0:root:/root:/bin/sh\n' >"$root/etc/passwd"
  printf 'root:x:0:\n' >"$root/etc/group"
  echo motd >"$root/etc/motd" && echo issue >"$root/etc/issue" && echo a >"$root/etc/dir/a" && echo x >"$root/etc/dir/sub/x"
  echo program >"$root/opt/suid" && chmod 4755 "$root/opt/suid"
  find "$root" -exec touch -h -d @1000000000 {} +
  tar -C "$root" --sort=name --owner=0 --group=0 --numeric-owner -cf "$work/small.tar" .
}

# kept [LINE…]: the profile "kept" on it, imported and locked, in the project.
kept() {
  small_archive
  state=$HOME/.local/state/devbox data=$HOME/.local/share/devbox
  ln "$work/small.tar" .
  { printf 'schema = 1\nname = "kept"\n[image]\nsource = "tar:small.tar"\nroot = "persistent"\n' && printf '%s\n' "$@"; } >devbox.toml
  capture "$DEVBOX" lock
  same "it is locked" 0 "$status"
}

in_box() { capture "$DEVBOX" run -- sh -c "$1"; }
box() { capture "$DEVBOX" box "$@"; }

# differs TEXT: what `box diff` prints, without sizes.
differs() {
  box diff
  same "the status of box diff" 0 "$status"
  same "what differs" "$1" "$(sed -E 's/^(.)  .{10}  /\1 /' <<<"$out")"
}

upper() { echo "$state"/roots/*/*/upper; }
roots() { ls "$state"/roots/*/ 2>/dev/null | wc -l; }
nothing_is_left() { [ -z "$(ls -A "$state/ephemeral" 2>/dev/null)" ] && [ -z "$(ls -A "$data/staging" 2>/dev/null)" ]; }

# held COMMAND…: a box in the background that runs it and says "up"; `kill $held_by` ends it.
held() {
  "$DEVBOX" run -- sh -c 'echo up; sleep 1000' >"$here/up" 2>/dev/null &
  held_by=$!
  eventually "it is up" grep -q up "$here/up"
}

check_diff_says_what_was_added_changed_and_deleted() {
  kept
  differs ""
  same "nothing was written" "devbox: nothing differs from the image" "$err"
  in_box 'echo new >/opt/new && mkdir /opt/d && echo >>/etc/motd && chmod 600 /etc/issue && rm /etc/dir/a && ln -s motd /etc/link &&
    rm -r /etc/dir/sub && mkdir /etc/dir/sub && echo y >/etc/dir/sub/y && ln -sf bash /usr/bin/sh && mkfifo /opt/d/fifo'
  same "the box's status" 0 "$status"
  differs $'D /etc/dir/a\nD /etc/dir/sub/x\nA /etc/dir/sub/y\nC /etc/issue  mode (0644 is 0600 now)\nA /etc/link\nC /etc/motd  content\nA /opt/d/\nA /opt/d/fifo\nA /opt/new\nC /usr/bin/sh  target'
  holds "the sum" "$err" "5 added" "3 changed" "2 deleted" "on disk"
  box diff /etc/dir /opt/new
  same "of some paths" 4 "$(wc -l <<<"$out")"
  box diff --json
  same "as JSON" "10 content /opt/new" "$(python3 -c 'import json,sys
a = json.load(sys.stdin)["changes"]
print(len(a), *[c["what"][0] for c in a if c["path"] == "/etc/motd"], [c["path"] for c in a][8])' <<<"$out")"
}

check_what_is_only_copied_up_or_devbox_s_own_is_not_shown() {
  kept
  in_box 'touch /etc/motd /opt/suid && chmod 755 /opt/suid && mkdir /etc/dir/new && rmdir /etc/dir/new && cp /etc/passwd /etc/p && mv /etc/p /etc/passwd &&
    ls -A /etc >/dev/null'
  same "the box's status" 0 "$status"
  true_that "it lies there" [ -e "$(upper)/opt/suid" ]
  differs ""
  in_box 'echo "anna:x:2000:2000::/:/bin/sh" >>/etc/passwd'
  differs "C /etc/passwd  content"
}

check_a_directory_that_is_used_as_it_is_has_a_difference_too() {
  profile plain <<<'root = "persistent"'
  capture "$DEVBOX" run -p plain -- sh -c 'echo new >/opt/new; rm /etc/debian_version; touch /etc/issue; rm -r /media && mkdir /media'
  same "the box's status" 0 "$status"
  box diff plain
  same "what differs" $'D /etc/debian_version\nA /opt/new' "$(sed -E 's/^(.)  .{10}  /\1 /' <<<"$out")"
  box commit plain
  same "it cannot be committed" 1 "$status"
  holds "and why" "$err" "an image that nothing pins" "devbox image import"
}

check_a_profile_without_a_persistent_root_says_so() {
  local verb
  profile thrown <<<'root = "ephemeral"'
  for verb in diff reset commit; do
    box $verb box
    same "$verb of a read-only root" "1 " "$status $out"
    holds "and why" "$err" "has no persistent root: its boxes cannot write to theirs" 'image.root = "persistent"'
    box $verb thrown
    holds "of one that is thrown away" "$err" "is thrown away with them"
  done
  box ls
  same "box ls of none" "0 " "$status $out"
  box
  same "box alone" 2 "$status"
  holds "says its verbs" "$err" "diff, reset, commit and ls"
}

check_names_that_a_box_chose_reach_no_terminal_raw() {
  kept
  in_box 'cd /opt && touch "$(printf "\033]0;x\007\n\377é")" && ln -s /etc/shadow out && ln -s ../../../../../.. up && mkdir closed && touch closed/x && chmod 0 closed &&
    touch secret && chmod 0 secret && chmod 6755 /opt/suid'
  same "the box's status" 0 "$status"
  differs 'A /opt/\x1b]0;x\x07\x0a\xffé
A /opt/closed/
A /opt/closed/x
A /opt/out
A /opt/secret
C /opt/suid  mode (0755 is 6755 now)
A /opt/up'
}

check_reset_asks_and_throws_all_of_it_away() {
  kept
  in_box 'mkdir -p /opt/closed/x && touch /opt/closed/x/y && chmod 0 /opt/closed; echo new >/etc/motd'
  box reset
  same "with nobody to ask" "2 " "$status $out"
  holds "what it says" "$err" "there is nobody to ask" "--yes"
  true_that "it is still there" [ -e "$(upper)" ]
  held
  box reset --yes
  same "while a box runs" "1 " "$status $out"
  holds "which, and how to end it" "$err" "is in use by the box $held_by." "devbox stop"
  box commit
  holds "commit neither" "$err" "is in use by the box $held_by."
  box diff
  same "diff does" 0 "$status"
  kill $held_by && ended $held_by
  eventually "its root is free" flock -n "$(upper)/../lock" true
  box reset --yes
  same "its status" 0 "$status"
  holds "what it says" "$err" "is empty again"
  same "nothing is there" 0 "$(roots)"
  true_that "and nothing is left" nothing_is_left
  in_box 'cat /etc/motd; ls /opt'
  same "the next box" $'motd\nsuid' "$out"
  box reset --yes && box reset --yes
  holds "what there was not" "$err" "nothing was written"
}

check_reset_of_paths_gives_back_what_the_image_has() {
  kept
  in_box 'echo new >/etc/motd; rm /etc/issue; echo new >/opt/new; mkdir -p /opt/d/e; rm -r /etc/dir; mkdir /etc/dir; echo b >/etc/dir/a'
  box reset --yes /etc/motd /etc/issue /opt/d /usr/bin/ls
  same "its status" 0 "$status"
  holds "what it says" "$err" "/etc/motd is what the image has" "/usr/bin/ls was what the image has"
  differs $'C /etc/dir/a  content\nD /etc/dir/sub/\nA /opt/new'
  box reset --yes /opt/new /etc/dir/a
  same "below a directory that was made again" 1 "$status"
  holds "and why" "$err" "the box has removed /etc/dir and made it again"
  differs $'C /etc/dir/a  content\nD /etc/dir/sub/\nA /opt/new'
  box reset --yes -p devbox.toml /opt/new ../../etc
  same "what is no path" 2 "$status"
  box reset --yes /opt/new /etc/dir
  differs ""
  in_box 'cat /etc/motd /etc/issue /etc/dir/a'
  same "the next box" $'motd\nissue\na' "$out"
}

# deb FILE: a package of a program and a configuration.
deb() {
  local root=$here/deb
  mkdir -p "$root/DEBIAN" "$root/usr/bin" "$root/etc"
  printf 'Package: tool\nVersion: 1.2\nArchitecture: all\nMaintainer: M <m@example.org>\nDescription: a tool\n' >"$root/DEBIAN/control"
  printf '#!/bin/sh\necho configured >/opt/configured\nchmod 4755 /usr/bin/tool\n' >"$root/DEBIAN/postinst"
  printf '#!/bin/sh\necho "tool 1.2"\n' >"$root/usr/bin/tool"
  echo conf >"$root/etc/tool.conf"
  chmod 755 "$root/DEBIAN/postinst" "$root/usr/bin/tool"
  dpkg-deb --root-owner-group -b "$root" "$1" >/dev/null
}

check_a_package_that_was_installed_becomes_part_of_the_image() {
  local made
  kept '[ids]' 'map = "root"'
  deb tool.deb
  in_box 'PATH=$PATH:/usr/sbin:/sbin dpkg -i tool.deb && rm /etc/issue'
  same "it is installed" 0 "$status" || wrong "$err"
  box diff
  holds "what differs" "$out" "/usr/bin/tool" "/etc/tool.conf" "/var/lib/dpkg/info/tool.list" "/opt/configured" "/etc/issue"
  box commit
  same "its status" 0 "$status"
  made=${out#sha256:}
  holds "what it says" "$err" "devbox.lock.toml pins it" "devbox image push" "devbox lock --update"
  true_that "the lock has it" grep -q "^committed = \"sha256:$made\"" devbox.lock.toml
  in_box 'tool; cat /etc/issue; cat /opt/configured; dpkg -s tool | grep Status 2>/dev/null; cat /var/lib/dpkg/info/tool.list'
  holds "the next box" "$out" "tool 1.2" "configured" "/etc/tool.conf"
  differs ""
  holds "the older one is named" "$err" "on other trees this profile has more persistent roots"
  box ls
  same "there are two" "2 2" "$(wc -l <<<"$out") $(grep -c "$PWD/devbox.toml" <<<"$out")"
  box diff --key "$(basename "$(dirname "$(ls -d "$state"/roots/*/*/upper/usr/bin/tool | head -1)" | sed 's,/upper.*,,')")"
  holds "the older is still looked at" "$out" "/usr/bin/tool"
  box reset --old --yes
  same "the older goes" "0 1" "$status $(roots)"
  true_that "and nothing is left" nothing_is_left
  capture "$DEVBOX" image verify
  same "the store is whole" 0 "$status"
  holds "and names it" "$out" "commit:kept"
  capture "$DEVBOX" image export -p devbox.toml "tar:$here/out.tar"
  same "it is exported" 0 "$status"
  same "with its bit and its owner" "-rwsr-xr-x 0/0 ./usr/bin/tool" "$(tar --numeric-owner -tvf "$here/out.tar" | sed -nE 's,^(\S+) (\S+) .* (\./)?(usr/bin/tool)$,\1 \2 ./\4,p')"
  same "what it had recorded stays" "-rwsr-xr-x" "$(tar -tvf "$here/out.tar" | sed -nE 's,^(\S+) .* (\./)?opt/suid$,\1,p')"
}

check_links_capabilities_and_attributes_go_into_the_image() {
  local manifest
  kept
  in_box 'cd /opt && echo x >one && ln one two && echo program >tool'
  unshare --map-root-user python3 -c 'import os,sys
os.setxattr(sys.argv[1], "security.capability", bytes.fromhex("0100000200200000000000000000000000000000"))
os.setxattr(sys.argv[1], "user.mine", b"1")' "$(upper)/opt/tool"
  box commit
  same "its status" 0 "$status"
  manifest=$data/trees/${out#sha256:}/manifest
  true_that "two names are one file" grep -q "^h opt/one opt/two$" "$manifest"
  same "the tool's" 'security.capability=\x01\x00\x00\x02\x00\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00 user.mine=1' "$(sed -n 's,^f .* opt/tool ,,p' "$manifest")"
  in_box '[ /opt/one -ef /opt/two ] && cat /opt/two'
  same "in the next box" x "$out"
}

check_what_was_committed_is_kept_by_gc_and_not_made_again() {
  local made
  kept
  in_box 'echo one >/opt/one'
  box commit --as mine --reset
  same "its status" 0 "$status"
  made=${out#sha256:}
  same "its root is gone" 0 "$(roots)"
  touch -d '-40 days' "$data"/trees/*
  capture "$DEVBOX" image gc --keep-days 7
  holds "what gc says" "$err" "stays: commit:mine" "nobody can again" "removed: tar:"
  in_box 'cat /opt/one'
  same "it is there" one "$out"
  chmod u+w "$data/trees/$made/root/etc" && rm -f "$data/trees/$made/root/etc/motd"
  rm -rf "$data/files"
  capture "$DEVBOX" image verify --repair
  same "it cannot be mended" 1 "$status"
  holds "and why" "$err" "it was made by \`devbox box commit\`"
  capture "$DEVBOX" image rm commit:mine
  in_box true
  same "without it" 125 "$status"
  holds "what is said" "$err" "was made by \`devbox box commit\`" "image push" "lock --update"
  capture "$DEVBOX" pull
  same "nor can it be pulled" 1 "$status"
  capture "$DEVBOX" lock --update
  holds "going back" "$err" "is pinned no more"
  true_that "the lock has it no more" [ "$(grep -c committed devbox.lock.toml)" = 0 ]
  in_box 'ls /opt'
  same "the image of before" suid "$out"
}

check_commit_of_nothing_and_of_a_pin_of_the_profile_s_own() {
  kept
  box commit
  same "nothing was written" "0 " "$status $out"
  in_box 'touch /etc/motd'
  box commit
  holds "nothing differs" "$err" "nothing differs from the image"
  true_that "the lock is as it was" [ "$(grep -c committed devbox.lock.toml)" = 0 ]
  sed -i "s/^root =/digest = \"sha256:$(sha256sum "$work/small.tar" | cut -d' ' -f1)\"\n&/" devbox.toml
  in_box 'echo one >/opt/one'
  box commit
  same "a pin of its own" 1 "$status"
  holds "and why" "$err" "pins its image itself"
}

check_files_of_other_ids_are_seen_kept_and_thrown_away() {
  local upper
  grep -q "^$(id -un):" /etc/subuid && command -v newuidmap >/dev/null || skip "no subordinate ids"
  kept '[ids]' 'map = "subids"' '[shell]' 'program = "/bin/sh"'
  in_box 'id -u'
  same "it is no root yet" "$(id -u)" "$out"
  # By root of the box's ids, as a package manager in it would be.
  upper=$(upper)
  as_root sh -c "mkdir -p $upper/opt/theirs && echo x >$upper/opt/theirs/x && chown -R 42:43 $upper/opt/theirs && chown 1:1 $upper/opt && chmod 700 $upper/opt/theirs"
  differs $'A /opt/theirs/\nA /opt/theirs/x'
  box ls
  same "box ls" 0 "$status"
  box commit
  same "it is committed" 0 "$status"
  capture "$DEVBOX" image export -p devbox.toml "tar:$here/out.tar"
  same "with its owners" "41/42" "$(tar --numeric-owner -tvf "$here/out.tar" | sed -nE 's,^\S+ (\S+) .*opt/theirs/x$,\1,p')"
  differs ""
  box reset --old --yes
  same "what is thrown away" "0 0" "$status $(roots)"
  in_box true
  upper=$(upper)
  as_root sh -c "mkdir -p $upper/opt/theirs && chown 1:1 $upper/opt && chown 42:43 $upper/opt/theirs && chmod 0 $upper/opt/theirs"
  differs $'C /opt/theirs/  mode (0700 is 0000 now)'
  box reset --yes /opt/theirs
  same "or a path of it" 0 "$status"
  differs ""
  as_root rm -rf "$HOME"
}

check_kill_9_leaves_the_old_or_the_new() {
  local i before after
  kept
  in_box 'mkdir /opt/many && cd /opt/many && for i in $(seq 300); do echo $i >$i; done'
  before=$(sha256sum <devbox.lock.toml)
  for i in $(seq 12); do
    "$DEVBOX" box commit >"$here/said" 2>&1 &
    sleep "$(printf '0.%03d' $((i * 40)))"
    kill -KILL $! 2>/dev/null
    wait $! 2>/dev/null
    after=$(sha256sum <devbox.lock.toml)
    [ "$before" = "$after" ] || break
    in_box 'cat /opt/many/300'
    same "after a kill of commit" 300 "$out"
  done
  in_box 'cat /opt/many/300'
  same "after the last" 300 "$out"
  capture "$DEVBOX" image verify
  same "the store is whole" 0 "$status"
  for i in $(seq 8); do
    in_box 'mkdir -p /opt/other && cd /opt/other && for i in $(seq 300); do echo $i >$i; done'
    "$DEVBOX" box reset --yes >"$here/said" 2>&1 &
    sleep "$(printf '0.%03d' $((i * 15)))"
    kill -KILL $! 2>/dev/null
    wait $! 2>/dev/null
    in_box 'ls /opt/other 2>/dev/null'
    [ -z "$out" ] || same "all or nothing" 300 "$(wc -l <<<"$out")"
  done
  in_box true
  capture "$DEVBOX" image gc
  eventually "the next start removes the rest" nothing_is_left
}

check_a_full_disk_leaves_what_was() {
  kept
  in_box 'seq 400000 >/opt/large; seq 400000 >/opt/more'
  mkdir "$here/small"
  cp -a "$data/." "$here/small"
  capture unshare --user --map-current-user --keep-caps --mount bash -c '
    size=$(du -sk "$1" | cut -f1)
    mount -t tmpfs -o "size=$((size + 3000))k" tmpfs "$2" && cp -a "$1/." "$2" || exit 99
    "$3" box commit
    echo "status $?"
    ls -A "$2/staging"
    "$3" run -- sh -c "ls -s /opt/large >/dev/null && ls /opt"' bash "$here/small" "$data" "$DEVBOX"
  same "its end, and the next box" $'status 1\nlarge\nmore\nsuid' "$out"
  holds "why" "$err" "No space left on device"
  true_that "the lock is as it was" [ "$(grep -c committed devbox.lock.toml)" = 0 ]
}

check_ten_thousand_files_take_no_time() {
  local begun
  kept
  in_box 'mkdir /opt/many && cd /opt/many && for d in $(seq 100); do mkdir $d && for i in $(seq 100); do echo $i >$d/$i; done; done'
  same "the box's status" 0 "$status"
  begun=$SECONDS
  box diff
  same "all are told" 10101 "$(wc -l <<<"$out")"
  true_that "within seconds" [ $((SECONDS - begun)) -lt 10 ]
}

run_checks "$@"
