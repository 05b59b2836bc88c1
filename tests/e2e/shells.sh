#!/usr/bin/env bash
# The shell of a box at a terminal: its prompt, what the terminal hears, the user's own files. The
# checks are in shells.py.
. "$(dirname "$0")/lib.sh"
needs python3 zsh fish tmux strace chromium
[ -r /usr/share/nodejs/xterm/lib/public/Terminal.js ] || skip "there is no node-xterm on this host"
make_surroundings 1
printf '[home]\nmode = "host"\n' | profile bash
for shell in bash zsh fish; do
  program=$(command -v "$shell")
  printf 'schema = 1\nname = "in-%s"\n[image]\nsource = "host"\n[home]\nmode = "host"\n[shell]\nprogram = "%s"\n' \
    "$shell" "$program" >"$profiles/$shell-host.toml"
done
exec 3>&-
timeout -k 5 280 python3 "$tests/shells.py" "$DEVBOX" "$here" "$@"
