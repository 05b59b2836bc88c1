#!/usr/bin/env bash
# Root filesystems of Debian packages and the lock files that pin them: one is made from mmdebstrap's
# own mirrors, which needs the network, and what becomes of it when something is in the way. What
# does not depend on what mmdebstrap does is tried with another program of that name.
#
#   DEVBOX_E2E_BOOTSTRAP_KILLS  at how many moments making one is killed; 8, as each takes half a minute
. "$(dirname "$0")/lib.sh"
needs mmdebstrap python3

# What is seen by a builder too: /tmp is its own.
readonly elsewhere=$(mktemp -d /var/tmp/devbox-e2e.XXXXXX)
trap 'remove_work; rm -rf "$elsewhere"' EXIT

data() { echo "$HOME/.local/share/devbox"; }
staged() { ls -A "$(data)/staging" 2>/dev/null; }
trees() { ls "$(data)/trees" "$(data)/sources" 2>/dev/null | grep -v -e ':$' -e '^$'; }
nothing_left() { same "$1: trees" "" "$(trees)"; same "$1: staging" "" "$(staged)"; }

# debian [PACKAGE]: the project's profile.
debian() {
  printf 'schema = 1\n[image]\nsource = "debian:bookworm"\npackages = ["%s"]\n' "${1:-hello}"
}

# The lock, its tree and what devbox said, made once: all is below $first.
readonly first=$work/first
make_first() {
  mkdir -p "$first/project" "$first/home"
  debian 'hello", "iputils-ping' >"$first/project/devbox.toml"
  here=$first
  cd "$first/project" || exit 1
  HOME=$first/home online "$DEVBOX" lock
  here=$work
  cd "$OLDPWD" || exit 1
  [[ "$err" != *@(resolv|onnect|unreachable)* ]] || skip "the network is not there: $err"
  if [ "$status" != 0 ]; then
    printf 'devbox lock ended with %s\n%s\n' "$status" "$err"
    exit 1
  fi
  readonly first_said=$err
}
make_first

# The project of $first, in this check's directories.
locked() { cp "$first"/project/devbox{,.lock}.toml .; }
with_first_store() { XDG_DATA_HOME=$first/home/.local/share "$@"; }
plain_of() { sed -n 's/^plain = "sha256:\(.*\)"/\1/p' "$1"; }
wrong_digit() { tr 0123456789abcdef 123456789abcdef0; }

# --- With what Debian has ---

check_a_lock_is_written_and_says_what_it_holds() {
  local lock=$first/project/devbox.lock.toml
  holds "what lock said" "$first_said" "packages; wrote $lock"
  holds "what it did meanwhile" "$first_said" $'devbox: fetching packages'
  lacks "what is not for a terminal" "$first_said" $'\e'
  same "the lines of hello" 1 "$(grep -cE '^hello = "[^ ]+ [a-z0-9]+ sha256:[0-9a-f]{64}"$' "$lock")"
  true_that "there are as many packages as dpkg's" [ "$(grep -c '"[^ ]* [a-z0-9]* sha256:' "$lock")" = \
    "$(grep -c '^Package: ' "$first"/home/.local/share/devbox/trees/*/root/var/lib/dpkg/status)" ]
  same "what is beside it" $'devbox.lock.toml\ndevbox.toml' "$(ls -A "$first/project")"
}

check_the_tree_is_entered_and_holds_the_packages() {
  locked
  with_first_store capture "$DEVBOX" run -- hello
  same "hello" "0 Hello, world! " "$status $out $err"
  with_first_store capture "$DEVBOX" run -- sh -c 'cat /etc/hostname; ls /etc/apt/preferences.d; dpkg -l hello | tail -1'
  holds "dpkg's list inside" "$out" "hello"
  lacks "what pinned the packages" "$out" devbox
}

check_outdated_compares_the_lock_with_what_apt_would_choose_now() {
  local version
  locked
  online "$DEVBOX" outdated --exit-code
  same "the status where nothing has moved" "0 " "$status $out" || wrong "$err"
  same "what is said where nothing has moved" "devbox: nothing has moved" "$err"
  version=$(sed -n 's/^hello = "\([^ ]*\) .*/\1/p' devbox.lock.toml)
  sed -i "s/^hello = \"[^ ]*\(.*\)/hello = \"0.1\1\nhallo = \"0.2\1/; /^mawk = /d" devbox.lock.toml
  online "$DEVBOX" outdated --exit-code
  same "the status" 1 "$status" || wrong "$err"
  same "what has moved" $'hallo  0.2 -> -\nhello  0.1 -> '"$version"$'\nmawk' "${out%%  - -> *}"
  same "what is in the store" "" "$(trees)$(staged)"
  sed -i 's/"hello"/"hellow"/' devbox.toml devbox.lock.toml
  online "$DEVBOX" outdated
  same "the status of a package that Debian does not have" 1 "$status"
  holds "what is said of it" "$err" "cannot look up what debian:bookworm has now"
  holds "what is said of it" "$err" "Unable to locate package hellow"
}

check_a_user_of_one_id_installs_packages_in_a_writable_root() {
  locked
  printf 'root = "ephemeral"\n[ids]\nmap = "root"\n' >>devbox.toml
  with_first_store online "$DEVBOX" run -- sh -ec '
    apt-get -q update >&2
    apt-get -qy install --no-install-recommends cron >&2
    dpkg-query -W -f "\${Status}\n" cron
    stat -c "%U %G %a" /var/spool/cron/crontabs'
  same "status" 0 "$status"
  same "the package, and a directory that it gives to a group" \
    $'install ok installed\nroot root 1730' "$out"
  same "what is left of it" "" "$(ls -A "$HOME/.local/state/devbox/ephemeral")"
}

check_nothing_in_the_tree_is_dangerous_or_anothers() {
  local root
  root=$(echo "$first"/home/.local/share/devbox/trees/*/root)
  same "setuid and setgid files" "" "$(find "$root" -type f -perm /6000)"
  same "files of others" "" "$(find "$root" ! -uid "$(id -u)")"
  same "devices" "" "$(find "$root" -type b -o -type c)"
  true_that "there is a passwd" [ -e "$root/usr/bin/passwd" ]
  holds "the manifest has what passwd was" "$(grep -a usr/bin/passwd "${root%/root}/manifest")" 4755
  same "files with capabilities" "" "$(find "$root" -type f -exec python3 -c '
import os, sys
print(*(p for p in sys.argv[1:] if "security.capability" in os.listxattr(p, follow_symlinks=False)), sep="\n", end="")' {} +)"
  holds "the manifest has what ping may do" "$(grep -a usr/bin/ping "${root%/root}/manifest")" \
    ' security.capability=\x01\x00\x00\x02\x00\x20'
}

check_without_a_lock_run_is_refused() {
  debian >devbox.toml
  refuses 125 "devbox: the image debian:bookworm is not pinned: there is no $project/devbox.lock.toml
  hint: \`devbox lock -p $project/devbox.toml\` writes it" "$DEVBOX" run -- true
  nothing_left "after run"
}

check_with_a_lock_and_no_tree_run_is_refused() {
  locked
  refuses 125 "devbox: the image debian:bookworm is not made yet
  hint: \`devbox pull -p $project/devbox.toml\` makes it" "$DEVBOX" run -- true
  nothing_left "after run"
}

check_a_lock_that_is_there_is_up_to_date() {
  locked
  refuses 0 "devbox: $project/devbox.lock.toml is up to date with the profile; --update pins what there is now" \
    "$DEVBOX" lock
  nothing_left "after lock"
  same "the lock file" "" "$(cmp devbox.lock.toml "$first/project/devbox.lock.toml")"
}

check_an_update_in_which_nothing_has_moved_changes_no_byte() {
  locked
  online "$DEVBOX" lock --update
  same "the status" 0 "$status"
  holds "what it says" "$err" "devbox: nothing has moved"
  same "what has moved" "" "$out"
  same "the lock file" "" "$(cmp devbox.lock.toml "$first/project/devbox.lock.toml")"
  same "staging" "" "$(staged)"
}

# The environment of all that a builder starts has this in it.
builders() { grep -lzs "^no_proxy=.*$1" /proc/[0-9]*/environ 2>/dev/null; }
no_builders() { [ -z "$(builders "$1")" ]; }

milliseconds() { echo $(($(date +%s%N) / 1000000)); }

# kill_a_pull N MOMENT: a pull, of which one process is killed after so many milliseconds: devbox
# itself, devbox-image, or any of those that install packages, after which a pull that goes on is
# killed too. Counted in $missed where it had ended.
kill_a_pull() {
  local pid victim i
  no_proxy=${no_proxy:+$no_proxy,}$marker "$DEVBOX" pull >"$here/said" 2>&1 </dev/null &
  pid=$!
  sleep "$(($2 / 1000)).$(printf %03d $(($2 % 1000)))"
  case $(($1 % 3)) in
    0) victim=$pid ;;
    1) victim=$(pgrep -P "$pid") ;;
    2) victim=$(builders "$marker" | cut -d/ -f3 | shuf -n 1) ;;
  esac
  kill -KILL "${victim:-$pid}" 2>/dev/null || missed=$((missed + 1))
  for ((i = 0; i < 20; i++)); do
    ! is_ended "$pid" || break
    sleep 0.1
  done
  kill -KILL "$pid" 2>/dev/null
  wait "$pid" 2>/dev/null
}

# Nothing runs or is mounted, and the store has the tree of the lock file or none.
is_whole_after() {
  eventually "nothing of it runs after $1" no_builders "$marker" || ps -ef
  same "what is mounted after $1" "" "$(grep -e "$here" -e /tmp/exchange /proc/self/mountinfo)"
  capture "$DEVBOX" image verify
  same "the status of verify after $1: $out $err" 0 "$status"
  capture "$DEVBOX" image gc
  same "the status of gc after $1: $err" 0 "$status"
  same "staging after $1" "" "$(staged)"
  case $(trees | wc -l) in
    0) ;;
    2) same "the source after $1" "plain-$(plain_of devbox.lock.toml)" "$(ls "$(data)/sources")" ;;
    *) same "the trees after $1" "none, or one and its source" "$(trees)" ;;
  esac
}

forget() {
  [ -z "$(trees)" ] || capture "$DEVBOX" image rm debian:bookworm
  same "the trees that were removed" "" "$(trees)"
}

# A moment in each part of the time that a pull takes, from the first package list to the import.
# The last pull is one id's, without newuidmap.
check_kills_at_any_moment_leave_it_whole_and_one_id_makes_the_same_tree_as_ranges() {
  locked
  local kills=${DEVBOX_E2E_BOOTSTRAP_KILLS:-8} marker=devbox-e2e-$BASHPID missed=0 i begun taken
  eval "$proxies"
  begun=$(milliseconds)
  online "$DEVBOX" pull
  taken=$(($(milliseconds) - begun))
  same "the status of a pull that nobody kills: $err" 0 "$status"
  for ((i = 0; i < kills; i++)); do
    forget
    kill_a_pull "$i" $((taken * (1000 * i + RANDOM % 1000) / (1000 * kills)))
    is_whole_after "kill $i of $kills in $taken ms"
  done
  echo "$((kills - missed)) of $kills kills met a pull that was running, of $taken ms"
  true_that "most kills were in time" [ "$missed" -lt $((kills / 2)) ]
  forget
  mkdir "$elsewhere/bin"
  ln -s "$(command -v mmdebstrap)" "$elsewhere/bin/mmdebstrap"
  online env PATH="$elsewhere/bin" "$DEVBOX" pull
  same "the status of pull" 0 "$status"
  same "the digest" "plain-$(plain_of devbox.lock.toml)" "$(ls "$(data)/sources")"
  same "the rubbish after it" "" "$(staged)"
  capture "$DEVBOX" run -- hello
  same "hello" "0 Hello, world! " "$status $out $err"
}

# damaged: the first store, in this check's home, with a file of its tree changed and another gone.
damaged() {
  mkdir -p "$HOME/.local/share"
  cp -a "$first/home/.local/share/devbox" "$HOME/.local/share/"
  damage "$(echo "$(data)"/trees/*/root)" usr/bin/hello usr/share/doc/hello/copyright
}
# damage ROOT CHANGED GONE
damage() {
  local directory=$1/${3%/*} mode
  chmod u+w "$1/$2" && echo more >>"$1/$2"
  mode=$(stat -c %a "$directory")
  chmod u+w "$directory" && rm -f "$1/$3" && chmod "$mode" "$directory"
}

check_a_repair_makes_the_tree_again_from_its_packages() {
  damaged
  online "$DEVBOX" image verify
  same "the status of verify" 1 "$status"
  holds "what differs" "$out" "  usr/bin/hello: "
  holds "what differs" "$out" "  usr/share/doc/hello/copyright: missing"
  online "$DEVBOX" image verify --repair
  same "the status of the repair: $err" 0 "$status"
  holds "what it does" "$err" $'devbox: fetching packages'
  holds "what it says" "$err" "devbox: debian:bookworm is mended"
  capture "$DEVBOX" image verify
  same "the status of verify then" 0 "$status"
  same "the trees" "$(ls "$first/home/.local/share/devbox/trees")" "$(ls "$(data)/trees")"
  lacks "what is beside the tree" "$(ls "$(data)"/trees/*)" replaced
  same "staging" "" "$(staged)"
  locked
  capture "$DEVBOX" run -- hello
  same "hello" "0 Hello, world! " "$status $out $err"
}

check_a_repair_names_the_packages_that_have_moved_and_leaves_the_tree() {
  damaged
  sed -i '/"name": "hello"/,/}/s/"version": ".*"/"version": "0.0-1"/' "$(data)"/about/*.json
  online "$DEVBOX" image verify --repair
  same "the status" 1 "$status"
  holds "the message" "$err" "devbox: cannot repair debian:bookworm: cannot make debian:bookworm: the archive has no longer what the lock file pins:
  - hello 0.0-1
  hint: \`devbox lock --update\` pins what is there now"
  lacks "what it did" "$err" "unpacking packages"
  true_that "the tree is there" [ -x "$(echo "$(data)"/trees/*/root/usr/bin/dpkg)" ]
  same "staging" "" "$(staged)"
}

check_a_tree_with_another_digest_is_refused_and_not_kept() {
  locked
  local plain wrong
  plain=$(plain_of devbox.lock.toml)
  wrong=$(wrong_digit <<<"$plain")
  sed -i "s/$plain/$wrong/" devbox.lock.toml
  online "$DEVBOX" pull
  same "the status" 1 "$status"
  holds "the digest that this machine made" "$err" "it has sha256:$plain, and the lock file says sha256:$wrong"
  same "the output" "" "$out"
  nothing_left "after it"
}

check_a_package_that_has_moved_is_named_before_anything_is_installed() {
  locked
  sed -i 's/^hello = "[^ ]* /hello = "0.0-1 /' devbox.lock.toml
  online "$DEVBOX" pull
  same "the status" 1 "$status"
  holds "the message" "$err" "cannot make debian:bookworm: the archive has no longer what the lock file pins:
  - hello 0.0-1
  hint: \`devbox lock --update\` pins what is there now"
  lacks "what it did" "$err" "unpacking packages"
  nothing_left "after it"
}

check_a_package_that_does_not_exist_is_named_and_the_log_has_the_rest() {
  debian hello-is-no-package >devbox.toml
  online "$DEVBOX" lock
  local log=$HOME/.local/state/devbox/logs/debian-bookworm.log
  same "the status" 1 "$status"
  holds "the message" "$err" "Unable to locate package hello-is-no-package"
  holds "the hint" "$err" "$log has all that it said"
  holds "the log" "$(cat "$log")" "hello-is-no-package"
  true_that "there is no lock file" [ ! -e devbox.lock.toml ]
  nothing_left "after it"
}

# --- Which lock file ---

check_a_lock_of_another_image_is_refused() {
  locked
  debian make >devbox.toml
  refuses 125 "devbox: $project/devbox.lock.toml is of another image than $project/devbox.toml asks for now
  hint: \`devbox lock -p $project/devbox.toml\` pins the one that it asks for" "$DEVBOX" run -- true
  locked
  sed -i 's/debian:bookworm/debian:trixie/' devbox.toml
  capture "$DEVBOX" pull
  same "the status of pull" 1 "$status"
  holds "what pull says" "$err" "is of another image than"
  nothing_left "after it"
}

check_a_lock_of_another_platform_is_refused() {
  locked
  sed -i 's#linux/amd64#linux/vax#; s#linux/arm64#linux/vax#' devbox.lock.toml
  capture "$DEVBOX" run -- true
  same "the status" 125 "$status"
  holds "the message" "$err" "$project/devbox.lock.toml pins nothing for linux/"
  holds "the hint" "$err" "lock --update"
}

check_a_users_profile_has_its_lock_beside_it_and_the_lock_is_no_profile() {
  cp "$first/project/devbox.toml" "$profiles/deb.toml"
  cp "$first/project/devbox.lock.toml" "$profiles/deb.lock.toml"
  with_first_store capture "$DEVBOX" run -p deb -- hello
  same "hello" "0 Hello, world! " "$status $out $err"
  capture "$DEVBOX" profile ls
  holds "the list" "$out" deb
  lacks "the list" "$out" deb.lock
}

# The program as it is installed, with a profile for the whole machine.
install() {
  local build
  build=$(dirname "$DEVBOX")
  mkdir -p prefix/bin prefix/libexec/devbox prefix/share/devbox/profiles
  cp "$DEVBOX" prefix/bin && cp "$build"/devbox-{init,image} prefix/libexec/devbox
  debian >prefix/share/devbox/profiles/deb.toml
}

check_an_installed_profile_is_locked_in_the_users_own_directory() {
  local devbox=$project/prefix/bin/devbox own=$HOME/.config/devbox/locks/deb.lock.toml
  install
  capture "$devbox" run -p deb -- true
  holds "where it should be" "$err" "there is no $own"
  fake <<<'package hello 1'
  capture "$devbox" lock -p deb
  same "the status of lock" 0 "$status"
  holds "where it is" "$err" "wrote $own"
  true_that "it is there" [ -s "$own" ]
  # The user's own goes before one that came with the profile.
  cp "$first/project/devbox.lock.toml" prefix/share/devbox/profiles/deb.lock.toml
  with_first_store capture "$devbox" run -p deb -- hello
  holds "what its own lock pins" "$err" "is not made yet"
  rm "$own"
  cp "$first/project/devbox.toml" prefix/share/devbox/profiles/deb.toml
  with_first_store capture "$devbox" run -p deb -- hello
  same "hello" "0 Hello, world! " "$status $out $err"
}

check_an_archive_without_a_digest_is_pinned_by_the_lock_file() {
  compile said <<<'#include <stdio.h>
int main(void) { puts("said"); return 0; }'
  mkdir -p tree/bin tree/etc && cp "$helpers/said" tree/bin/ && tar -C tree -cf tree.tar .
  printf 'schema = 1\n[image]\nsource = "tar:tree.tar"\n' >devbox.toml
  refuses 125 "devbox: the image tar:tree.tar is not pinned: there is no $project/devbox.lock.toml
  hint: \`devbox lock -p $project/devbox.toml\` writes it" "$DEVBOX" run -- /bin/said
  capture "$DEVBOX" lock
  same "the status of lock" 0 "$status"
  holds "the lock file" "$(cat devbox.lock.toml)" "archive = \"sha256:$(sha256sum tree.tar | cut -d' ' -f1)\""
  capture "$DEVBOX" run -- /bin/said
  same "what it says" "0 said " "$status $out $err"
  # Another archive under the name is not taken until it is locked.
  rm -rf "$(data)"/sources/*
  printf x >>tree.tar
  capture "$DEVBOX" pull
  same "the status of pull" 1 "$status"
  holds "what pull says" "$err" "is not the archive that the profile pins"
  capture "$DEVBOX" lock --update
  same "the status of an update" 0 "$status"
  holds "what has moved" "$out" "archive  sha256:"
  capture "$DEVBOX" run -- /bin/said
  same "what it says then" "0 said " "$status $out $err"
}

# --- With another program in mmdebstrap's place ---

# fake: one in the PATH, which does what the script on standard input says, with
#   package NAME VERSION   lists it as installed
# and then writes an archive of a few files.
fake() {
  local bin=$elsewhere/fake.$BASHPID
  mkdir -p "$bin"
  {
    cat <<'END'
#!/bin/sh
package() {
  echo "$1 $2 amd64" >>/tmp/exchange/installed
  digest=$(echo "$1 $2" | sha256sum | cut -d' ' -f1)
  printf 'Package: %s\nVersion: %s\nArchitecture: amd64\nSHA256: %s\n\n' "$1" "$2" "$digest" >>/tmp/exchange/records
}
END
    cat
    cat <<'END'
mkdir -p /tmp/tree/etc
cp /tmp/exchange/installed /tmp/tree/etc/packages
tar -C /tmp/tree --sort=name --mtime=@0 --owner=0 --group=0 -cf - .
END
  } >"$bin/mmdebstrap"
  chmod +x "$bin/mmdebstrap"
  PATH=$bin:$PATH
}
log() { cat "$HOME/.local/state/devbox/logs/debian-bookworm.log"; }

check_what_is_outside_is_hidden_from_the_packages_scripts() {
  debian >devbox.toml
  echo secret >"$HOME/.secret"
  export TOKEN=secret SSH_AUTH_SOCK=/run/agent http_proxy=http://proxy.invalid:1
  fake <<END
package hello 1
{ echo "home: \$(ls -A '$HOME') ."; echo "tmp: \$(ls -A /tmp)"; echo "env: \$(env | cut -d= -f1 | sort | tr '\n' ' ')"
for process in /proc/[0-9]*; do echo "process: \$(tr '\0' ' ' <\$process/cmdline)"; done
echo fds: \$(ls /proc/self/fd)
grep -E '^(NoNewPrivs|Seccomp):' /proc/self/status; id -u; hostname
umount '$HOME' 2>&1 && echo "uncovered: \$(ls -A '$HOME')"
umount -l '$HOME' 2>&1 && echo "uncovered: \$(ls -A '$HOME')"; } >&2
END
  capture "$DEVBOX" lock
  same "the status" 0 "$status"
  local said
  said=$(log)
  holds "the home directory" "$said" "home:  ."
  same "/tmp" "tmp: exchange" "$(grep '^tmp:' <<<"$said")"
  same "the environment" \
    "env: DEBIAN_FRONTEND HOME LC_ALL PATH PWD SOURCE_DATE_EPOCH TMPDIR http_proxy " "$(grep '^env:' <<<"$said")"
  same "processes that are not its own" "" "$(grep '^process:' <<<"$said" | grep -v -e mmdebstrap -e 'process: $' -e '^process: tr ')"
  same "descriptors, and that of ls" "fds: 0 1 2 3" "$(grep '^fds:' <<<"$said")"
  holds "privileges" "$said" $'NoNewPrivs:\t1'
  holds "the filter" "$said" $'Seccomp:\t2'
  holds "who it is, and where" "$said" $'\n0\nlocalhost'
  lacks "the home directory, by whom its cover would be in the way" "$said" "uncovered:"
  holds "why not" "$said" "umount: $HOME: "
}

check_what_has_moved_is_printed_a_line_a_package() {
  debian >devbox.toml
  fake <<<'package gone 1; package hello 1; package same 1'
  capture "$DEVBOX" lock
  same "the status" 0 "$status"
  same "the output" "" "$out"
  fake <<<'package hello 2; package new 1; package same 1'
  capture "$DEVBOX" pull
  same "the status of pull, which has it" 0 "$status"
  rm -rf "$(data)/sources"/*
  capture "$DEVBOX" pull
  same "the status of pull" 1 "$status"
  holds "what pull says" "$err" "the packages are not those of the lock file:
  - gone 1 is gone
  - hello 1 is now 2
  - new 1 is new"
  capture "$DEVBOX" lock --update
  same "the status of an update" 0 "$status"
  same "what has moved" $'gone  1 -> -\nhello  1 -> 2\nnew  - -> 1' "$out"
  lacks "what it says" "$err" "nothing has moved"
  capture "$DEVBOX" lock
  holds "what lock says then" "$err" "is up to date"
}

check_a_repair_that_makes_another_tree_is_not_taken() {
  debian >devbox.toml
  fake <<<'package hello 1; mkdir -p /tmp/tree/etc && date +%N >/tmp/tree/etc/when; echo 1 >/tmp/tree/etc/gone'
  capture "$DEVBOX" lock
  same "the status of lock" 0 "$status"
  damage "$(echo "$(data)"/trees/*/root)" etc/when etc/gone
  capture "$DEVBOX" image verify --repair
  same "the status of the repair" 1 "$status"
  holds "what it says" "$err" "devbox: cannot repair debian:bookworm: debian:bookworm makes another tree now: sha256:"
  holds "the hint" "$err" "a script of a package depends on the time or the machine"
  capture "$DEVBOX" image verify
  same "what differs then" $'debian:bookworm: 1 differs\n  etc/when: mtime, size' "$out"
  same "staging" "" "$(staged)"
}

# What one id makes has other owners than what ranges make, and so another digest.
check_a_tree_is_repaired_with_the_ids_that_it_was_made_with() {
  grep -q "^$(id -un):" /etc/subuid || return 0  # all its trees are of one id
  debian >devbox.toml
  fake <<'END'
package hello 1
mkdir -p /tmp/tree/etc
echo 1 | tee /tmp/tree/etc/one >/tmp/tree/etc/gone
chown 42 /tmp/tree/etc/one
tar -C /tmp/tree --sort=name --mtime=@0 -cf - .
exit
END
  local one_id=${PATH%%:*}
  capture "$DEVBOX" lock
  same "the status of lock" 0 "$status"
  damage "$(echo "$(data)"/trees/*/root)" etc/one etc/gone
  capture env PATH="$one_id" "$DEVBOX" image verify --repair
  same "the status without newuidmap" 1 "$status"
  holds "what it says" "$err" "debian:bookworm was made with subordinate ids, which $(id -un) cannot use now
  hint: \`devbox doctor\` says what is missing"
  capture "$DEVBOX" image verify --repair
  same "the status with it: $err" 0 "$status"
  forget
  rm devbox.lock.toml
  capture env PATH="$one_id" "$DEVBOX" lock
  same "the status of one id's lock" 0 "$status"
  damage "$(echo "$(data)"/trees/*/root)" etc/one etc/gone
  capture "$DEVBOX" image verify --repair
  same "the status of the repair of one id's tree: $err" 0 "$status"
}

check_a_lock_file_that_cannot_be_read_is_written_anew_by_an_update() {
  debian >devbox.toml
  fake <<<'package hello 1'
  printf 'schema = 2\n' >devbox.lock.toml
  capture "$DEVBOX" lock
  same "the status of lock" 1 "$status"
  same "what it says" "devbox: $project/devbox.lock.toml:1:1: \`source\` is missing
$project/devbox.lock.toml:1:10: \`schema\` must be 1: a newer devbox wrote this file
  hint: \`devbox lock --update\` writes it anew" "$err"
  same "the lock file" "schema = 2" "$(cat devbox.lock.toml)"
  capture "$DEVBOX" run -- true
  same "the status of run" 125 "$status"
  capture "$DEVBOX" lock --update
  same "the status of an update" 0 "$status"
  holds "the lock file then" "$(cat devbox.lock.toml)" "hello = \"1 amd64 sha256:"
}

check_what_mmdebstrap_says_reaches_no_terminal_raw() {
  debian >devbox.toml
  fake <<<'printf "E: \033[2Jcleared\n" >&2; exit 7'
  capture "$DEVBOX" lock
  same "the status" 1 "$status"
  holds "the message" "$err" 'mmdebstrap ended with status 7: E: \x1b[2Jcleared'
  nothing_left "after it"
}

check_packages_that_are_words_of_no_command_are_refused() {
  debian >devbox.toml
  fake <<<'echo "\$(reboot) 1 amd64" >>/tmp/exchange/installed; : >/tmp/exchange/records'
  capture "$DEVBOX" lock
  same "the status" 1 "$status"
  holds "the message" "$err" "dpkg-query listed the packages in a way that is not known"
  true_that "there is no lock file" [ ! -e devbox.lock.toml ]
  nothing_left "after it"
}

check_an_archive_that_is_none_leaves_nothing() {
  debian >devbox.toml
  fake <<<'package hello 1; head -c 3000000 /dev/urandom; exit 0'
  capture "$DEVBOX" lock
  same "the status" 1 "$status"
  true_that "there is no lock file" [ ! -e devbox.lock.toml ]
  nothing_left "after it"
}

# As mmdebstrap itself does where what it made cannot be packed.
check_a_builder_that_ends_its_process_group_ends_nothing_of_the_callers() {
  debian >devbox.toml
  fake <<<'kill -HUP 0; exit 7'
  capture setsid --wait sh -c 'sleep 300 & "$DEVBOX" lock; echo "lock: $?"; kill $!; echo "sleep: $?"'
  same "what the caller saw" "0 lock: 1 sleep: 0" "$status ${out//$'\n'/ }" || wrong "$err"
}

check_a_kill_at_any_moment_of_a_start_leaves_no_process() {
  debian >devbox.toml
  local i pid marker=devbox-e2e-$BASHPID victim
  fake <<<'sleep 300 & setsid sleep 300 & sleep 300'
  for ((i = 0; i < 40; i++)); do
    no_proxy=$marker "$DEVBOX" lock >/dev/null 2>&1 </dev/null &
    pid=$!
    sleep "0.$(printf '%03d' $((RANDOM % 120)))"
    # Every other time it is one of those that it started.
    victim=$pid
    [ $((i % 2)) = 0 ] || victim=$(pgrep -P "$pid" | head -1)
    kill -KILL "${victim:-$pid}" 2>/dev/null
    wait "$pid" 2>/dev/null
    eventually "nothing of start $i runs" no_builders "$marker" || break
  done
  for pid in $(builders "$marker"); do kill -KILL "$(cut -d/ -f3 <<<"$pid")"; done
  fake <<<'package hello 1'
  capture "$DEVBOX" lock
  same "the status of the lock after them" 0 "$status"
  same "the rubbish after it" "" "$(staged)"
}

check_an_mmdebstrap_that_cannot_be_run_is_not_said_to_have_failed() {
  debian >devbox.toml
  fake <<<:
  sed -i '1s,.*,#!/nonexistent,' "${PATH%%:*}/mmdebstrap"
  capture "$DEVBOX" lock
  same "the status" 1 "$status"
  holds "the message" "$err" "cannot make debian:bookworm: mmdebstrap was not started: E: cannot run ${PATH%%:*}/mmdebstrap: No such file or directory;"
  holds "the hint" "$err" "
  hint: $HOME/.local/state/devbox/logs/debian-bookworm.log has all that was said"
  nothing_left "after it"
}

check_without_mmdebstrap_the_command_that_installs_it_is_told() {
  debian >devbox.toml
  capture env PATH=/nonexistent "$DEVBOX" lock
  same "the status" 1 "$status"
  holds "the message" "$err" "cannot make debian:bookworm: cannot make a Debian root filesystem: "
  holds "the hint" "$err" "mmdebstrap"
  nothing_left "after it"
}

run_checks "$@"
