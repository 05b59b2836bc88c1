#!/usr/bin/env bash
# What reaches into a box from the host: agents, displays, sound, the session bus, devices,
# certificates, the time zone, who one is to git. With the real programs, in boxes on the host's own
# toolchain; sockets for which there is no program here are served by a few lines of Python.
. "$(dirname "$0")/lib.sh"
needs ssh-agent ssh-add ssh-keygen gpg gpg-agent gpgconf git Xvfb xauth xdpyinfo dbus-daemon dbus-send \
  openssl curl python3

# wants LINE…: the profile "box", on the host's toolchain, with these integrations.
wants() {
  { printf 'schema = 1\n[image]\nsource = "host"\n[integrations]\n' && printf '%s\n' "$@"; } \
    >"$profiles/box.toml"
}
# on_tree LINE…: the same on the tree.
on_tree() { { echo '[integrations]' && printf '%s\n' "$@"; } | profile box; }

planned() { capture "$DEVBOX" plan -p box; }

# cannot TEXT: a start is refused, and says it.
cannot() {
  run -- true
  same "status" 125 "$status"
  holds "standard error" "$err" "$1"
}

# served PATH: somebody listens there, and answers each with "hello"; $server is who.
served() {
  python3 -c '
import os, socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen(8)
print("ready", flush=True)
while True:
    c, _ = s.accept()
    try:
        c.sendall(b"hello")
    except OSError:
        pass
    c.close()
' "$1" >"$1.log" 2>&1 </dev/null &
  server=$!
  eventually "$1 is served" grep -qs ready "$1.log"
}
readonly hear='import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
print(s.recv(5).decode())'

start_ssh_agent() {
  eval "$(ssh-agent -s -a "$here/agent")" >/dev/null
  ssh-keygen -q -t ed25519 -N '' -C key-of-the-test -f "$here/key"
  ssh-add -q "$here/key" 2>/dev/null
}

check_the_ssh_agents_keys_can_be_used_and_its_directory_is_not_there() {
  start_ssh_agent
  wants 'ssh_agent = true'
  quiet_run "ssh-add" -- ssh-add -l
  holds "the keys" "$out" key-of-the-test
  run -- sh -c 'echo "$SSH_AUTH_SOCK"; ls "${SSH_AUTH_SOCK%/*}"; ls "$0"' "$here"
  holds "the socket" "$out" "/run/user/$(id -u)/ssh-agent"
  lacks "the agent's own directory" "$out" key
  run -- sh -c 'chmod 777 "$SSH_AUTH_SOCK" || rm "$SSH_AUTH_SOCK" || echo kept'
  holds "the socket" "$out" kept
  planned
  holds "the plan" "$out" "hole        ssh_agent  $here/agent: "
  kill "$SSH_AGENT_PID"
}

check_an_agent_that_has_gone_is_an_error_and_with_auto_nothing() {
  start_ssh_agent
  kill -KILL "$SSH_AGENT_PID"
  eventually "the agent is gone" is_gone "$SSH_AGENT_PID"
  wants 'ssh_agent = true'
  cannot "\`integrations.ssh_agent\`: nobody listens on $here/agent any more"
  rm "$here/agent"
  cannot "\`integrations.ssh_agent\`: $here/agent is not there"
  unset SSH_AUTH_SOCK
  cannot "\`integrations.ssh_agent\`: SSH_AUTH_SOCK is not set"
  wants 'ssh_agent = "auto"'
  quiet_run "without an agent" -- sh -c 'echo "${SSH_AUTH_SOCK-none}"'
  same "the variable" none "$out"
}

check_git_signs_with_the_agents_key_as_the_person_that_the_host_knows() {
  mkdir -m 700 "$HOME/.gnupg"
  gpg --batch --quiet --pinentry-mode loopback --passphrase '' \
    --quick-gen-key 'Ann Example <ann@host.example>' ed25519 sign 2>/dev/null
  git config --global user.name 'Ann "A" Example'
  git config --global user.email ann@host.example
  git config --global core.editor not-to-come-in
  git config --global user.signingkey ann@host.example
  wants 'gpg_agent = true' 'git_identity = true'
  git init -q .
  gpgconf --launch gpg-agent
  quiet_run "commit" -- git -c commit.gpgsign=true commit -q --allow-empty -m one
  same "author" 'Ann "A" Example <ann@host.example>' "$(git log -1 --format='%an <%ae>')"
  true_that "the host finds the signature good" git verify-commit HEAD 2>/dev/null
  run -- sh -c 'git config --get core.editor; ls ~/.gnupg; stat -c %a ~/.gnupg; cat ~/.gitconfig'
  lacks "git's other configuration" "$out" not-to-come-in
  lacks "secret keys" "$out" private-keys
  holds "the public keyring" "$out" pubring.kbx 700
  run -- sh -c ': >>~/.gnupg/pubring.kbx'
  holds "writing to the keyring" "$err" "Read-only file system"

  git config user.email ann@repository.example
  run -- git config user.email
  same "the repository's own goes before" ann@repository.example "$out"
  gpgconf --kill gpg-agent
  cannot '`integrations.gpg_agent`: no agent runs'
}

check_git_signs_with_ssh_without_the_file_of_the_key() {
  start_ssh_agent
  git config --global user.name Ann
  git config --global user.email ann@host.example
  git config --global gpg.format ssh
  git config --global user.signingkey "$here/key"
  echo "ann@host.example $(cat "$here/key.pub")" >"$here/signers"
  wants 'ssh_agent = true' 'git_identity = true'
  git init -q .
  quiet_run "commit" -- git commit -q -S --allow-empty -m one
  true_that "the signature is good" \
    git -c gpg.ssh.allowedSignersFile="$here/signers" verify-commit HEAD 2>/dev/null
  kill "$SSH_AGENT_PID"
}

check_somebody_whom_git_does_not_know_is_an_error_and_with_auto_nobody() {
  wants 'git_identity = true'
  cannot '`integrations.git_identity`: your git configuration has neither user.name nor user.email'
  wants 'git_identity = "auto"'
  quiet_run "nobody" -- sh -c 'git config user.name || echo nobody'
  same "who" nobody "$out"
}

check_an_x_client_shows_itself_with_the_cookie_of_its_display_alone() {
  local number cookie auth=$HOME/.Xauthority
  cookie=$(openssl rand -hex 16)
  printf 'add %s:4711 . 00112233445566778899aabbccddeeff\n' "$(uname -n)" | xauth -q -f "$auth" 2>/dev/null
  mkfifo "$here/number"
  # The server picks its display, and takes whoever has the cookie.
  printf 'add :0 . %s\n' "$cookie" | xauth -q -f "$here/server" 2>/dev/null
  Xvfb -displayfd 3 -auth "$here/server" -nolisten tcp -screen 0 320x200x24 3>"$here/number" 2>/dev/null &
  local server=$!
  read -r -t 30 number <"$here/number"
  printf 'add %s/unix:%s . %s\n' "$(uname -n)" "$number" "$cookie" | xauth -q -f "$auth" 2>/dev/null
  export DISPLAY=:$number
  wants 'x11 = true'
  quiet_run "xdpyinfo" -- xdpyinfo
  holds "the display" "$out" "320x200 pixels"
  run -- sh -c 'xauth -f "$XAUTHORITY" list; ls "$HOME/.Xauthority" /tmp/.X11-unix'
  holds "the cookie" "$out" "$cookie"
  lacks "another display's" "$out" 00112233445566778899aabbccddeeff
  capture "$DEVBOX" plan --json -p box
  lacks "the plan" "$out" "$cookie"
  # Without the cookie there is nothing to see.
  run -- env XAUTHORITY=/dev/null xdpyinfo
  same "status without a cookie" 1 "$status"
  # A box of another host name, on the tree, has the cookie too.
  on_tree 'x11 = true'
  run -- sh -c 'tr -d "\0" <"$XAUTHORITY" | grep -c MIT-MAGIC-COOKIE-1; ls /tmp/.X11-unix'
  same "in a box on the tree" "1
X$number" "$out"
  kill "$server"
  eventually "the server is gone" is_gone "$server"
  cannot '`integrations.x11`: /tmp/.X11-unix/X'
  export DISPLAY=elsewhere.example:0
  cannot 'DISPLAY is elsewhere.example:0, which is no display of this machine'
  wants 'x11 = "auto"'
  quiet_run "another machine's, with auto" -- sh -c 'echo "${DISPLAY-none}"'
  same "display" none "$out"
}

# A directory's list has the type of the file that a socket is bound on: each is looked at.
readonly sockets='find "$XDG_RUNTIME_DIR" | sort | while read -r f; do [ ! -S "$f" ] || echo "$f"; done'

check_sockets_of_the_desktop_come_in_one_by_one() {
  local runtime=/run/user/$(id -u) name socket servers=()
  mkdir "$XDG_RUNTIME_DIR/pulse"
  for name in wayland-7 pipewire-0 pulse/native secret; do
    served "$XDG_RUNTIME_DIR/$name"
    servers+=("$server")
  done
  export WAYLAND_DISPLAY=wayland-7
  wants 'wayland = true' 'audio = true'
  for socket in "$runtime/wayland-7" "$runtime/pipewire-0" "$runtime/pulse/native"; do
    quiet_run "$socket" -- python3 -c "$hear" "$socket"
    same "what $socket says" hello "$out"
  done
  run -- sh -c "echo \"\$WAYLAND_DISPLAY \$PULSE_SERVER\"; $sockets"
  same "what there is" "wayland-7 unix:$runtime/pulse/native
$runtime/pipewire-0
$runtime/pulse/native
$runtime/wayland-7" "$out"
  on_tree 'wayland = true'
  run -- sh -c "$sockets"
  same "in a box on the tree" "$runtime/wayland-7" "$out"
  kill "${servers[@]}"
  for server in "${servers[@]}"; do eventually "a server is gone" is_gone "$server"; done
  wants 'audio = true'
  cannot "\`integrations.audio\`: neither PipeWire nor PulseAudio listens in $XDG_RUNTIME_DIR"
  wants 'wayland = true'
  cannot '`integrations.wayland`: nobody listens on'
  wants 'audio = "auto"' 'wayland = "auto"'
  quiet_run "no desktop, with auto" -- sh -c "$sockets"
  same "what there is" "" "$out"
}

check_the_session_bus_answers_and_is_called_what_it_is() {
  dbus-daemon --session --nofork --print-address=3 --address="unix:path=$here/bus" 3>"$here/address" 2>/dev/null &
  local server=$!
  eventually "the bus is up" test -s "$here/address"
  read -r DBUS_SESSION_BUS_ADDRESS <"$here/address"
  export DBUS_SESSION_BUS_ADDRESS
  wants 'dbus = true'
  quiet_run "dbus-send" -- dbus-send --session --print-reply --dest=org.freedesktop.DBus / \
    org.freedesktop.DBus.ListNames
  holds "the bus" "$out" org.freedesktop.DBus
  planned
  holds "the plan" "$out" "hole        dbus" "can start programs outside the box"
  wants
  quiet_run "without it" -- sh -c 'echo "${DBUS_SESSION_BUS_ADDRESS-none}"'
  same "the address" none "$out"
  kill "$server"
}

check_devices_come_in_by_name() {
  [ -c /dev/fuse ] || skip "there is no /dev/fuse here"
  wants 'devices = ["/dev/fuse"]'
  quiet_run "the device" -- sh -c 'stat -c "%F %t:%T" /dev/fuse; ls /dev'
  holds "the device" "$out" "$(stat -c '%F %t:%T' /dev/fuse)"
  lacks "another one" "$out" loop-control
  run -- dd if=/dev/fuse of=/dev/null count=0
  same "opening it" "$(dd if=/dev/fuse of=/dev/null count=0 2>/dev/null; echo $?)" "$status"
  wants 'devices = ["/dev/ttyUSB77"]'
  cannot '`integrations.devices`: the host has no /dev/ttyUSB77'
  wants 'devices = ["/dev/stdin"]'
  cannot 'devbox: '
  wants 'dri = true'
  if [ -d /dev/dri ]; then
    quiet_run "graphics" -- ls /dev/dri
    same "graphics" "$(ls /dev/dri)" "$out"
  else
    cannot '`integrations.dri`: the host has no /dev/dri'
  fi
}

check_the_time_zone_is_the_hosts_with_and_without_the_images_own() {
  [ -e /usr/share/zoneinfo/Asia/Kolkata ] || skip "this host has no time zones"
  profile box </dev/null
  TZ=Asia/Kolkata run -- date +%Z%z
  same "the time" IST+0530 "$out"
  # A tree without zones: names alone, on which the other's programs are.
  mkdir -p "$here/bare/etc" "$here/bare/usr"
  cp -a "$tree/bin" "$tree/lib" "$tree/lib64" "$here/bare/"
  local directory
  {
    printf 'schema = 1\n[image]\nsource = "rootfs:%s"\n' "$here/bare"
    for directory in bin lib lib64; do
      mkdir "$here/bare/usr/$directory"
      printf '[mounts."/usr/%s"]\nsource = "%s"\n' "$directory" "$tree/usr/$directory"
    done
  } >"$profiles/bare.toml"
  capture env TZ=Asia/Kolkata "$DEVBOX" run -p bare -- date +%Z%z
  same "the time in an image without zones" IST+0530 "$out"
  capture env TZ='<+03>-3' "$DEVBOX" run -p bare -- date +%Z%z
  same "the time by a rule" +03+0300 "$out"
  profile box </dev/null
  [ -L /etc/localtime ] || return
  run -- readlink /etc/localtime
  same "the zone's name" "$(readlink -m /etc/localtime | sed 's/.*zoneinfo/zoneinfo/')" \
    "$(sed 's/.*zoneinfo/zoneinfo/' <<<"$out")"
  on_tree 'timezone = false'
  run -- readlink /etc/localtime
  same "the image's own" "$(readlink "$tree/etc/localtime")" "$out"
}

make_authority() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj '/CN=Test Authority' \
    -keyout "$here/ca.key" -out "$here/ca.pem" 2>/dev/null
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost \
    -keyout "$here/server.key" -out "$here/server.csr" 2>/dev/null
  openssl x509 -req -in "$here/server.csr" -CA "$here/ca.pem" -CAkey "$here/ca.key" -CAcreateserial -days 2 \
    -extfile <(echo subjectAltName=DNS:localhost) -out "$here/server.pem" 2>/dev/null
}

check_what_the_host_trusts_is_trusted_in_the_box() {
  make_authority
  local port=$((20000 + RANDOM % 10000)) state=$HOME/.local/state/devbox/certificates first
  openssl s_server -quiet -accept "127.0.0.1:$port" -www -cert "$here/server.pem" -key "$here/server.key" \
    >/dev/null 2>&1 </dev/null &
  local server=$!
  eventually "the server listens" bash -c "exec 3<>/dev/tcp/127.0.0.1/$port" 2>/dev/null
  cat "$here/ca.pem" >"$here/host.pem"
  export SSL_CERT_FILE=$here/host.pem
  local ask='import ssl, sys, urllib.request
print(urllib.request.urlopen("https://localhost:" + sys.argv[1] + "/").status)'
  # Programs of the host, in a tree whose own certificates are somebody else's.
  mkdir -p "$here/image/etc/ssl/certs" "$here/image/usr"
  ln -s usr/bin usr/sbin usr/lib usr/lib64 "$here/image/"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj '/CN=Of The Image' \
    -keyout /dev/null -out "$here/image/etc/ssl/certs/ca-certificates.crt" 2>/dev/null
  image() {
    { printf 'schema = 1\n[image]\nsource = "rootfs:%s"\n[mounts."/usr"]\nsource = "/usr"\n' "$here/image"
      printf '[mounts."/etc/ssl/openssl.cnf"]\nsource = "/etc/ssl/openssl.cnf"\noptional = true\n[integrations]\n'
      printf '%s\n' "$@"; } >"$profiles/box.toml"
  }
  image 'ca_certificates = false'
  run -- curl -sS -o /dev/null "https://localhost:$port/"
  same "curl without it" 60 "$status"
  image
  quiet_run "curl" -- curl -sS -o /dev/null -w '%{http_code}' "https://localhost:$port/"
  same "curl" 200 "$out"
  quiet_run "python" -- /usr/bin/python3 -c "$ask" "$port"
  same "python" 200 "$out"
  first=$(ls "$state")
  same "what is kept" 1 "$(wc -l <<<"$first")"
  run -- cat /run/devbox/ca-certificates.crt
  same "merged: the image's, then the host's" \
    "$(cat "$here/image/etc/ssl/certs/ca-certificates.crt" "$here/ca.pem")" "$out"
  run -- sh -c 'echo x >>/run/devbox/ca-certificates.crt'
  holds "writing to it" "$err" "Read-only file system"
  same "what is kept is the same" "$first" "$(ls "$state")"
  # Another authority of the host's: another file.
  cat "$here/image/etc/ssl/certs/ca-certificates.crt" >"$here/host.pem"
  run -- sh -c 'echo "${SSL_CERT_FILE-none}"'
  same "an image that lacks none" none "$out"
  run -- sh -c 'echo "${SSL_CERT_FILE-none}"'
  same "the same once it is known" none "$out"
  kill "$server"
}

check_a_box_starts_where_nothing_can_be_kept() {
  mkdir -p "$HOME/.local/state/devbox"
  : >"$HOME/.local/state/devbox/certificates"  # a file in the way of the directory
  make_authority
  { printf '[home]\nmode = "ephemeral"\n'; } | profile box
  SSL_CERT_FILE=$here/ca.pem quiet_run "a start" -- sh -c 'grep -c BEGIN "$SSL_CERT_FILE"'
}

check_a_projects_profile_must_be_trusted_for_any_of_them() {
  export SSH_AUTH_SOCK=$here/agent
  printf 'schema = 1\n[image]\nsource = "host"\n[integrations]\nssh_agent = "auto"\ndevices = ["/dev/null"]\n' \
    >devbox.toml
  capture "$DEVBOX" run -- true
  same "status" 125 "$status"
  holds "the refusal" "$err" \
    "  - integrations.ssh_agent: sign in anywhere with the keys of your agent" \
    "  - integrations.devices: use /dev/null"
  printf 'schema = 1\n[image]\nsource = "host"\n' >devbox.toml
  capture "$DEVBOX" run -- true
  same "a profile that says nothing" "0 " "$status $err"
}

run_checks "$@"
