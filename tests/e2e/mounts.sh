#!/usr/bin/env bash
# What a box shows where, and what of it is kept.
. "$(dirname "$0")/lib.sh"
needs python3

# in_box NAME COMMAND: a shell of the profile NAME; captured.
in_box() { capture "$DEVBOX" run -p "$1" -- sh -c "$2"; }

# everything of the tree: names, kinds, modes, owners, sizes and times of change.
listing() { find "$tree" -printf '%p %y %m %U %G %s %n %l %T@ %C@\n' 2>/dev/null | sort | sha256sum; }

check_binds_read_only_read_write_and_optional() {
  mkdir "$here/sdk" && echo tool >"$here/sdk/tool"
  profile sdk <<TOML
[mounts."/opt/ro"]
source = "$here/sdk"
[mounts."/opt/rw"]
type = "bind"
source = "$here/sdk"
mode = "rw"
[mounts."/opt/one"]
source = "$here/sdk/tool"
[mounts."/opt/none"]
source = "$here/none"
optional = true
TOML
  in_box sdk 'ls -A /opt; cat /opt/ro/tool /opt/one; echo x >/opt/rw/new && echo y >/opt/ro/new2; echo z >/opt/one'
  same "what is there" $'one\nro\nrw\ntool\ntool' "$out"
  same "the new file on the host" x "$(cat "$here/sdk/new")"
  true_that "the read-only one is" [ ! -e "$here/sdk/new2" ]
  same "the single file" tool "$(cat "$here/sdk/tool")"
  same "complaints of a read-only file system" 2 "$(grep -c 'Read-only file system' <<<"$err")"
}

check_a_missing_source_is_an_error_with_its_place() {
  profile none <<TOML
[mounts."/opt/none"]
source = "$here/none"
TOML
  refuses 125 "devbox: $profiles/none.toml:4:9: \`mounts./opt/none\`: the source $here/none is not there; \`optional = true\` skips it then" \
    "$DEVBOX" run -p none -- true
}

check_a_tmpfs_ends_at_its_size() {
  profile small <<TOML
[mounts."/small"]
type = "tmpfs"
size = "1MiB"
TOML
  in_box small 'head -c 900K /dev/zero >/small/a && echo fits; head -c 2M /dev/zero >/small/b || echo full
    stat -f -c "%T %S %b" /small; cat /small/* | wc -c'
  same "what it takes" $'fits\nfull\ntmpfs 4096 256\n1048576' "$out"
  holds "the message" "$err" "No space left on device"
  in_box small 'ls -A /small'
  same "kept for the next" "" "$out"
}

check_files_links_and_masks() {
  mkdir -p secret/deep && echo hidden >secret/deep/file && echo hidden >token
  profile kinds <<TOML
[mounts."/etc/x"]
type = "file"
content = "one\ntwo\n"
[mounts."/opt/link"]
type = "symlink"
source = "../usr/bin"
[mounts."/usr/bin/env"]
type = "file"
content = "not a program"
[mounts."$project/secret"]
type = "mask"
[mounts."$project/token"]
type = "mask"
[mounts."/usr/share/doc"]
type = "mask"
[mounts."/etc/debian_version"]
type = "mask"
TOML
  in_box kinds "cat /etc/x; readlink /opt/link; cat /usr/bin/env; echo; ls -A secret; ls -A /usr/share/doc; for f in token /etc/debian_version; do cat \$f; done"
  same "what it shows" $'one\ntwo\n../usr/bin\nnot a program' "$out"
  same "what reading the masked files says" \
    $'cat: token: Permission denied\ncat: /etc/debian_version: Permission denied' "$err"
  in_box kinds 'echo x >token; echo x >secret/x; mv secret s; rm -rf secret; rm -f token'
  same "the masked file" hidden "$(cat token)"
  same "the masked directory" hidden "$(cat secret/deep/file)"
}

check_missing_mount_points_are_made_and_the_tree_is_not_touched() {
  local before
  before=$(listing)
  mkdir "$here/source" && echo content >"$here/source/file"
  profile points <<TOML
[mounts."/x"]
source = "$here/source"
[mounts."/opt/x/y"]
source = "$here/source"
[mounts."/etc/x"]
source = "$here/source"
[mounts."/usr/share/x/y/z"]
source = "$here/source/file"
[mounts."/srv/a"]
type = "tmpfs"
[mounts."/srv/b"]
type = "symlink"
source = "a"
TOML
  in_box points 'cat /x/file /opt/x/y/file /etc/x/file /usr/share/x/y/z; ls /srv
    ls -d /usr/bin/env /etc/passwd; readlink /bin /etc/mtab || :'
  holds "what it shows" "$out" $'content\ncontent\ncontent\ncontent\na\nb\n/etc/passwd\n/usr/bin/env\nusr/bin'
  same "standard error" "" "$err"
  capture "$DEVBOX" run -p points --map root -- sh -c 'touch /y /opt/y /etc/y /usr/y; rm -rf /usr/share/doc; chmod 777 /usr'
  same "names, modes and times of the tree" "$before" "$(listing)"
}

check_a_masked_file_is_empty_and_has_mode_0() {
  echo hidden >token
  profile mask <<TOML
[mounts."/etc/debian_version"]
type = "mask"
[mounts."$project/token"]
type = "mask"
TOML
  local map
  for map in self root; do
    capture "$DEVBOX" run -p mask --map "$map" -- sh -c 'stat -c "%F %a %s" token /etc/debian_version; cat token'
    same "--map $map" $'regular empty file 0 0\nregular empty file 0 0' "$out"
    same "--map $map: reading it" "cat: token: Permission denied" "$err"
  done
}

check_a_mask_or_a_file_on_a_link_covers_the_link_itself() {
  mkdir secret && echo hidden >secret/file && ln -s secret link && ln -s nowhere dangling
  echo mine >"$here/mine"
  local link
  link=$(readlink "$tree/etc/os-release") && [ "$link" = ../usr/lib/os-release ] ||
    skip "/etc/os-release is no link to ../usr/lib/os-release in $tree"
  profile links <<TOML
[mounts."/etc/os-release"]
type = "mask"
[mounts."/sbin"]
type = "mask"
[mounts."$project/link"]
type = "mask"
[mounts."$project/dangling"]
type = "mask"
TOML
  in_box links 'for f in /etc/os-release /sbin link dangling; do stat -c "%n %F %a" $f; cat $f; done
    cmp /usr/lib/os-release - </usr/lib/os-release && ls -d /usr/sbin/. && cat secret/file; rm -f link dangling'
  same "the names, and where they lead" "/etc/os-release regular empty file 0
/sbin regular empty file 0
link regular empty file 0
dangling regular empty file 0
/usr/sbin/.
hidden" "$out"
  same "what reading and removing them says" "cat: /etc/os-release: Permission denied
cat: /sbin: Permission denied
cat: link: Permission denied
cat: dangling: Permission denied
rm: cannot remove 'link': Device or resource busy
rm: cannot remove 'dangling': Device or resource busy" "$err"
  same "the links on the host" "secret nowhere" "$(readlink link) $(readlink dangling)"
  profile files <<TOML
[mounts."/etc/os-release"]
source = "$here/mine"
[mounts."$project/link"]
type = "file"
content = "text"
TOML
  in_box files 'cat /etc/os-release link; grep -c ^ID= /usr/lib/os-release; ls secret'
  same "files on links, and where those lead" $'mine\ntext1\nfile' "$out$err"
}

check_a_directory_on_a_link_is_refused_with_where_the_link_leads() {
  mkdir secret && ln -s secret link
  printf '[mounts."/bin"]\ntype = "tmpfs"\n' | profile link
  refuses 125 "devbox: $profiles/link.toml:4:9: /bin is a symbolic link to usr/bin in the image, and a directory cannot be mounted on a link; name what it leads to, /usr/bin" \
    "$DEVBOX" run -p link -- true
  refuses 125 "devbox: $project/link is a symbolic link to secret on the host, and a directory cannot be mounted on a link; name what it leads to, $project/secret" \
    "$DEVBOX" run -p box --bind "$here:$project/link" -- true
}

check_the_workspace_in_its_modes() {
  echo mine >file
  printf '[workspace]\nmode = "ro"\n' | profile ro
  in_box ro 'pwd; cat file; echo x >new'
  same "ro: what it shows" "$project"$'\nmine' "$out"
  holds "ro: writing" "$err" "Read-only file system"
  printf '[workspace]\nmode = "none"\n' | profile none
  in_box none "pwd; ls -d '$project'"
  same "none: the working directory" "$HOME" "$out"
  printf '[workspace]\ntarget = "/src"\n' | profile other
  mkdir -p deep
  in_box other 'pwd; echo x >made; cd deep; pwd'
  same "another target" $'/src\n/src/deep' "$out"
  same "the file made" x "$(cat made)"
  cd deep && in_box other pwd
  true_that "the target is a place inside only" [ ! -e /src ]
}

check_files_of_the_workspace_are_the_users() {
  local map
  for map in auto self root; do
    run --map "$map" -- sh -c "touch file-$map; mkdir dir-$map; umask"
    same "--map $map: the mask" 0022 "$out"
    same "--map $map" "$(id -u):$(id -g) 644 $(id -u):$(id -g) 755" \
      "$(stat -c '%u:%g %a' "file-$map" "dir-$map" | xargs)"
  done
}

check_a_private_home_is_kept_and_an_ephemeral_one_is_not() {
  echo host >"$HOME/of-host"
  in_box box 'ls -A ~; echo kept >~/note'
  same "the host's home" "" "$out"
  in_box box 'cat ~/note; stat -c %a ~'
  same "the second run" $'kept\n700' "$out"
  true_that "it is not in the host's" [ ! -e "$HOME/note" ]
  profile second </dev/null
  in_box second 'ls -A ~'
  same "another profile's" "" "$out"
  printf '[home]\nmode = "ephemeral"\n' | profile gone
  in_box gone 'echo x >~/note; ls -A ~; stat -c %a ~'
  same "the first run of an ephemeral one" $'note\n700' "$out"
  in_box gone 'ls -A ~'
  same "the second run of an ephemeral one" "" "$out"
}

check_shares_of_the_home() {
  echo "[user]" >"$HOME/.gitconfig" && mkdir -p "$HOME/.cache/ccache"
  profile share <<TOML
[home]
share = { ".gitconfig" = "ro", ".cache/ccache" = "rw" }
TOML
  in_box share 'cat ~/.gitconfig; echo x >~/.cache/ccache/new; echo x >~/.gitconfig; echo y >~/.cache/private; ls -A ~ | xargs'
  same "what it shows" $'[user]\n.cache .gitconfig' "$out"
  holds "writing to the read-only one" "$err" "Read-only file system"
  same "the shared directory" x "$(cat "$HOME/.cache/ccache/new")"
  same "the read-only file" "[user]" "$(cat "$HOME/.gitconfig")"
  true_that "what is beside the share is private" [ ! -e "$HOME/.cache/private" ]
}

check_names_of_user_host_and_resolver() {
  run -- sh -c 'id -un; id -gn; hostname; cat /etc/hostname; getent hosts "$(hostname)"; stat -c %a "$XDG_RUNTIME_DIR"; echo "$XDG_RUNTIME_DIR"'
  same "standard error" "" "$err"
  same "the names" "$(id -un)
$(id -gn)
box
box
127.0.1.1       box
700
/run/user/$(id -u)" "$out"
  run -- cat /etc/resolv.conf
  same "the resolver's file" "$(cat /etc/resolv.conf)" "$out$err"
  run --network none -- cat /etc/resolv.conf
  same "without a network" "" "$out"
}

# with_resolver KIND COMMAND…: on a host whose /etc/resolv.conf is a plain "file", or a link to that of
# a "service".
with_resolver() {
  local kind=$1
  shift
  mkdir -p "$here/etc" "$here/service"
  ln -sfn /run/systemd/resolve/stub-resolv.conf "$here/etc/resolv.conf"
  [ "$kind" = service ] || { rm "$here/etc/resolv.conf" && : >"$here/etc/resolv.conf"; }
  echo "nameserver 192.0.2.1" | tee "$here/service/stub-resolv.conf" >"$here/plain"
  capture unshare -Urm bash -c 'mount -t overlay -o "lowerdir=$1/etc:/etc" none /etc && mount -t tmpfs none /run &&
    mkdir -p /run/systemd/resolve && mount --bind "$1/service" /run/systemd/resolve || exit 1
    [ -L /etc/resolv.conf ] || mount --bind "$1/plain" /etc/resolv.conf; shift; exec "$@"' bash "$here" "$@"
}

# Writes and replaces the resolver's file once $project/ready is there; then it makes $project/next.
change_resolver() {
  local file=$1
  rm -f ready next replaced
  {
    eventually "the box is up" [ -e ready ]
    echo "nameserver 192.0.2.2" >"$file" && : >next
    eventually "that was seen" [ ! -e next ]
    echo "nameserver 192.0.2.3" >"$file.new" && mv "$file.new" "$file" && : >replaced
  } &
}

check_the_resolvers_file_is_followed_and_nothing_beside_a_plain_one_is_shown() {
  local look='cat /etc/resolv.conf; touch ready; until [ -e next ]; do sleep 0.01; done
    cat /etc/resolv.conf; rm next; until [ -e replaced ]; do sleep 0.01; done; cat /etc/resolv.conf
    find /run/devbox 2>/dev/null'
  printf '[integrations]\nca_certificates = false\n' | profile box
  change_resolver "$here/service/stub-resolv.conf"
  with_resolver service "$DEVBOX" run -p box -- sh -c "$look"
  same "a service's" "nameserver 192.0.2.1
nameserver 192.0.2.2
nameserver 192.0.2.3
/run/devbox
/run/devbox/resolv
/run/devbox/resolv/stub-resolv.conf" "$out$err"
  wait
  change_resolver "$here/plain"
  with_resolver file "$DEVBOX" run -p box -- sh -c "$look"
  same "a plain one: the one that took its place is not" "nameserver 192.0.2.1
nameserver 192.0.2.2
nameserver 192.0.2.2" "$out$err"
  wait
  profile run <<'TOML'
[mounts."/run"]
type = "tmpfs"
TOML
  local kind
  for kind in service file; do
    with_resolver "$kind" "$DEVBOX" run -p run -- cat /etc/resolv.conf
    same "$kind: with a /run of the profile's own" "nameserver 192.0.2.1" "$out$err"
  done
  echo mine >own && run --bind "$project/own:/etc/resolv.conf:ro" -- cat /etc/resolv.conf
  same "the profile's own" mine "$out$err"
}

check_a_private_home_hides_the_hosts_in_a_bind_of_what_holds_that() {
  run --bind "$here:$here" -- sh -c 'ls -A ~; echo x >~/new; cd .. && mv home home2'
  same "what is in it" "" "$out"
  holds "renaming the home" "$err" "Device or resource busy"
  true_that "what was written in the home is not in the host's" [ ! -e "$HOME/new" ]
}

check_a_socket_can_be_shown_in_the_runtime_directory() {
  echo socket >"$here/socket"
  local there=/run/user/$(id -u)
  run --bind "$here/socket:$there/wayland-0" -- sh -c 'cat "$XDG_RUNTIME_DIR/wayland-0"; stat -c %a "$XDG_RUNTIME_DIR"'
  same "a file in it" $'socket\n700' "$out$err"
  run --bind "$XDG_RUNTIME_DIR:$there" -- sh -c 'ls -A "$XDG_RUNTIME_DIR"'
  same "the host's own, without devbox's" "0 devbox" "$status $out$err"
  run --bind "$XDG_RUNTIME_DIR:$there" -- sh -c 'ls -A "$XDG_RUNTIME_DIR/devbox"; echo x >"$XDG_RUNTIME_DIR/devbox/x"'
  same "devbox's" "" "$out"
  holds "writing to devbox's" "$err" "Read-only file system"
}

check_names_of_proc_and_sys_can_be_masked() {
  profile kernel <<'TOML'
[mounts."/proc/version"]
type = "mask"
[mounts."/proc/tty"]
type = "mask"
[mounts."/sys/kernel"]
type = "mask"
TOML
  local network
  for network in host none; do
    capture "$DEVBOX" run -p kernel --network "$network" -- sh -c 'ls -A /proc/tty /sys/kernel; cat /proc/version'
    same "--network $network" $'/proc/tty:\n\n/sys/kernel:' "$out"
    same "--network $network: reading it" "cat: /proc/version: Permission denied" "$err"
  done
}

check_etc_can_be_bound_as_a_whole() {
  mkdir "$here/etc" && echo mine >"$here/etc/mine"
  run --bind "$here/etc:/etc:ro" -- ls -A /etc
  same "what is there" mine "$out$err"
}

check_the_whole_host_bound_is_the_host_and_not_what_the_box_was_built_on() {
  local seen='ls -A /host; grep -c devbox-root /proc/self/mountinfo; touch /host/tmp/mine'
  run --bind /:/host:ro -- sh -c "$seen"
  same "read-only" "$(ls -A /)"$'\n0' "$out"
  holds "writing" "$err" "Read-only file system"
  run --bind /:/host -- sh -c "ls -A /host | grep -c . ; ls -A /host$HOME/.local/state/devbox"
  same "writable, with devbox's own covered" "$(ls -A / | grep -c .)" "$out$err"
}

check_dev_holds_exactly_this() {
  run -- sh -c 'cd /dev && find . -printf "%P %y %l\n" | sort'
  same "/dev" " d 
fd l /proc/self/fd
full c 
null c 
ptmx l pts/ptmx
pts d 
pts/ptmx c 
random c 
shm d 
stderr l /proc/self/fd/2
stdin l /proc/self/fd/0
stdout l /proc/self/fd/1
tty c 
urandom c 
zero c " "$out"
  run -- sh -c 'echo x >/dev/null && head -c 4 /dev/zero | wc -c; cat /proc/version >/dev/full; echo y >/dev/shm/y && cat /dev/shm/y; echo x >/dev/new'
  same "what works" $'4\ny' "$out"
  holds "/dev/full" "$err" "No space left on device"
  holds "a new name" "$err" "/dev/new: Read-only file system"
}

run_checks "$@"
