#!/usr/bin/env bash
# machine: bookworm bullseye
# kernel: sysctl.user.max_user_namespaces=0
# A host that was set up to allow no user namespaces, by either sysctl: `run` and `doctor` name it, and
# once the script that doctor prints has been run by root, boxes run.
. "$(dirname "$0")/../lib.sh"

# is_named_and_mended CAUSE FIX
is_named_and_mended() {
  plain_profile_of tester
  hear session tester "$DEVBOX" run -p box -- echo entered
  same "the status of run" 125 "$status"
  same "what run says" "devbox: cannot make the namespaces of the box: $1
  hint: $2" "$err"
  hear session tester "$DEVBOX" doctor -p box
  same "the status of doctor" 1 "$status"
  holds "what doctor says" "$(words "$out")" "broken user namespaces $1 touches every box, which is needed"

  hear session tester "$DEVBOX" doctor -p box --fix-script
  same "what is said beside the script" "" "$err"
  printf '%s\n' "$out" >"$here/fix.sh"
  hear sh "$here/fix.sh"
  same "the status of the script, run by root" "0 " "$status $err"
  hear session tester "$DEVBOX" run -p box -- echo entered
  same "run after it" "0 entered " "$status $out $err"
  hear session tester "$DEVBOX" doctor -p box
  same "the status of doctor after it" 0 "$status"
  hear session tester python3 -c 'import os, pty, sys
sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))' "$DEVBOX" enter -p box <<<'echo "in $container"; exit 7'
  same "the status of enter after it" 7 "$status"
  holds "enter after it" "$out" "in devbox"
}

check_a_limit_of_0_is_named_and_mended() {
  is_named_and_mended "this host forbids user namespaces (user.max_user_namespaces = 0)" \
    "\`sudo sysctl -w user.max_user_namespaces=10000\` allows them until the next boot; a line in /etc/sysctl.d keeps it"
  true_that "it is kept for the next boot" grep -qx "user.max_user_namespaces = 10000" /etc/sysctl.d/*
}

check_debians_own_setting_is_named_and_mended() {
  true_that "it is switched off" sysctl -q -w kernel.unprivileged_userns_clone=0
  is_named_and_mended "this host forbids unprivileged user namespaces (kernel.unprivileged_userns_clone = 0)" \
    "\`sudo sysctl -w kernel.unprivileged_userns_clone=1\` allows them until the next boot; a line in /etc/sysctl.d keeps it"
  true_that "it is kept for the next boot" grep -qx "kernel.unprivileged_userns_clone = 1" /etc/sysctl.d/*
}

run_checks "$@"
