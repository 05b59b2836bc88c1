# What scenarios share; sourced by each of them, in the machine, as root. The checks are written as those
# of tests/e2e are, whose lib.sh this takes. $machine is the suite.
#
#   session USER COMMAND…   as USER in a login session of its own: PAM, logind, the user's systemd and bus
#   bare USER COMMAND…      as USER without any of that, as from a daemon or a container's exec
#   suite USER FILE [NAME…] the end-to-end tests of a FILE in such a session, but for the checks named
readonly as_root_of_a_machine=1
export DEVBOX=/usr/local/bin/devbox DEVBOX_TEST_TREE=/srv/tree DEVBOX_TESTS_MUST_RUN=1
. "$(dirname "${BASH_SOURCE[0]}")/../e2e/lib.sh"

readonly end_to_end=$tests
readonly surroundings=(DEVBOX="$DEVBOX" DEVBOX_TEST_TREE="$DEVBOX_TEST_TREE" DEVBOX_TESTS_MUST_RUN=1
  DEVBOX_E2E_HELPERS=/test/helpers LC_ALL=C.UTF-8)
: "${machine:?}"
declare +x machine  # or a check would not have it
seconds=60  # that no command needs

# systemd has services ignore SIGPIPE; a login does not.
session() {
  local user=$1
  shift
  timeout -k 5 "$seconds" systemd-run --quiet --wait --collect --pipe --uid="$user" -p PAMName=login -p IgnoreSIGPIPE=no \
    -p WorkingDirectory="/home/$user" /usr/bin/env "${surroundings[@]}" "$@"
}

bare() {
  local user=$1
  shift
  (cd "/home/$user" && timeout -k 5 "$seconds" setpriv --reuid "$user" --regid "$user" --init-groups --reset-env \
    /usr/bin/env "${surroundings[@]}" "$@")
}

suite() {
  local user=$1 file=$2
  shift 2
  seconds=600 session "$user" /usr/bin/env DEVBOX_E2E_LEAVE_OUT="$*" bash "$end_to_end/$file.sh" ||
    wrong "$file.sh failed"
}

# hear COMMAND…: as `capture`, but of a function too.
hear() {
  status=0
  "$@" >"$here/heard.out" 2>"$here/heard.err" || status=$?
  out=$(<"$here/heard.out")
  err=$(<"$here/heard.err")
}

# words TEXT: on one line, whatever the width that it was wrapped for.
words() { xargs -d '\n' <<<"$1" | tr -s ' '; }

# plain_profile_of USER: "box", on the tree.
plain_profile_of() {
  local directory=/home/$1/.config/devbox/profiles
  install -d -o "$1" -g "$1" "/home/$1/.config" "/home/$1/.config/devbox" "$directory"
  printf 'schema = 1\n[image]\nsource = "rootfs:%s"\n' "$tree" >"$directory/box.toml"
}
