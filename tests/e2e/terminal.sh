#!/usr/bin/env bash
# Boxes at a terminal: keys, job control, modes, size. The checks are in terminal.py.
. "$(dirname "$0")/lib.sh"
needs python3 less
make_surroundings 1
printf '[shell]\nlogin = false\n' | profile shell
exec 3>&-
timeout -k 5 280 python3 "$tests/terminal.py" "$DEVBOX" "$here" "$@"
