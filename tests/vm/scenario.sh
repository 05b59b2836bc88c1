#!/usr/bin/env bash
# Runs one scenario in a real Debian machine: scenario.sh FILE SUITE [PART-OF-CHECK-NAME…]
#
# FILE is one of scenarios/, SUITE the Debian that build-image.sh makes. Its first lines say what it wants:
#
#   # machine: SUITE…         those in which ctest runs it
#   # kernel: ARGUMENT…       more arguments of the kernel, where it needs some
#   # packages: NAME,NAME…    more of Debian, where it wants some
#   # seconds: N              how long the machine may run, where 300 are not enough
#
# It runs there as root, with lib.sh of this directory, devbox installed in /usr/local from the build
# tree DEVBOX_E2E_BUILD, the end-to-end tests, and the programs of C that those compile, compiled.
#
#   DEVBOX_VM_IMAGES  where images are kept; else vm/ of the build tree, where each scenario leaves what it said
set -euo pipefail
readonly here=$(cd "$(dirname "$0")" && pwd)
readonly scenario=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
readonly suite=$2
readonly name=$(basename "$scenario" .sh)
readonly build=${DEVBOX_E2E_BUILD:?names no build tree}
readonly kept=$build/vm
shift 2

cannot_run() {
  echo "cannot run here: $*" >&2
  [ "${DEVBOX_TESTS_MUST_RUN:-0}" = 1 ] && exit 1
  exit 77
}

setting() { sed -n "1,/^[^#]/s/^# $1: //p" "$scenario"; }

[ "$(id -u)" != 0 ] || cannot_run "root is not an ordinary user"
PATH=$PATH:/usr/sbin:/sbin
for program in qemu-system-x86_64 mmdebstrap mke2fs gcc; do
  command -v "$program" >/dev/null || cannot_run "there is no $program on this host"
done
grep -q "^$(id -un):" /etc/subuid || cannot_run "$(id -un) has no subordinate ids, with which images are made"

work=$(mktemp -d "${TMPDIR:-/var/tmp}/devbox-scenario.XXXXXX")
trap 'rm -rf "$work"' EXIT
readonly said=$kept/$name-$suite
mkdir -p "$said"

# The scripts compile when they begin; asked for no check that there is, they do nothing else.
compile_helpers() {
  local script
  export DEVBOX_E2E_HELPERS=$work/in/helpers DEVBOX=$build/bin/devbox
  for script in $(cd "$here/../e2e" && grep -l '^compile ' ./*.sh); do
    [ "$(head -c 2 "$here/../e2e/$script")" = '#!' ] || continue  # others source it
    DEVBOX_TEST_TREE=/ DEVBOX_E2E_COMPILE_ONLY=1 bash "$here/../e2e/$script"
  done
}

DEVBOX_VM_PACKAGES=$(setting packages)
export DEVBOX_VM_PACKAGES
image=$(bash "$here/build-image.sh" "$suite" "${DEVBOX_VM_IMAGES:-$kept}")
echo "in ${image##*/}"
mkdir -p "$work/in/tests"
cmake --install "$build" --prefix "$work/in/usr/local" --strip >/dev/null
cp -r "$here/../e2e" "$here/../vm" "$work/in/tests/"
compile_helpers
cat >"$work/in/start" <<START
#!/bin/sh
cp -r /test/usr/local/. /usr/local/
cd /test/tests/vm && exec env machine=$suite bash scenarios/$name.sh $*
START
chmod 755 "$work/in/start"

status=0
VM_SECONDS=${VM_SECONDS:-$(setting seconds)} bash "$here/run-vm.sh" "$image" "$work/in" "$said" $(setting kernel) || status=$?
cat "$said/log" 2>/dev/null || :
grep '^machine: ' "$said/progress" || :
exit "$status"
