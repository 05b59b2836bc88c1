#!/usr/bin/env bash
# machine: bookworm
# What an ordinary user may lack, or a host may have changed: in each case a box runs, or `run` and
# `doctor` say why not.
. "$(dirname "$0")/../lib.sh"

# runs SOMEHOW USER: a box, and nothing is said.
runs() {
  hear "$1" "$2" "$DEVBOX" run -p box -- sh -c 'echo "in the box of $(id -un)"'
  same "a box of $2" "0 in the box of $2 " "$status $out $err"
}

# no_subids USER TEXT: run says so where it is to map them.
no_subids() {
  hear session "$1" "$DEVBOX" run -p box --map subids -- true
  same "the status of run --map subids" 125 "$status"
  same "what it says" "$2" "$err"
}

# doctor_says USER STATE-NAME-CAUSE
doctor_says() {
  hear session "$1" "$DEVBOX" doctor
  same "the status of doctor" 0 "$status"
  holds "what doctor says" "$(words "$out")" "$2"
}

check_a_user_without_subordinate_ids_has_boxes_and_is_told() {
  plain_profile_of nosub
  runs session nosub
  no_subids nosub "devbox: \`ids.map\`: nosub has no subordinate uids and gids (/etc/subuid, /etc/subgid); \`sudo usermod --add-subuids 165536-231071 --add-subgids 165536-231071 nosub\` adds them"
  doctor_says nosub "missing ranges nosub has no subordinate uids and gids (/etc/subuid, /etc/subgid)"
}

check_a_process_without_a_session_uses_tmp() {
  plain_profile_of tester
  rm -rf /tmp/devbox-1000
  hear bare tester sh -c 'echo "${XDG_RUNTIME_DIR-none} ${DBUS_SESSION_BUS_ADDRESS-none}"'
  same "its runtime directory and its bus" "none none" "$out"
  runs bare tester
  same "the directory that it used" "700 tester" "$(stat -c '%a %U' /tmp/devbox-1000)"
  hear bare tester "$DEVBOX" doctor -p box
  same "the status of doctor" 0 "$status"
}

check_a_session_uses_its_runtime_directory() {
  plain_profile_of tester
  rm -rf /tmp/devbox-1000
  hear session tester sh -c '"$DEVBOX" run -p box -- true && ls -d "$XDG_RUNTIME_DIR/devbox"'
  same "the directory that it used" "0 /run/user/1000/devbox " "$status $out $err"
  true_that "there is none in /tmp" [ ! -e /tmp/devbox-1000 ]
}

# As docker and podman cover it: something masked, something read-only.
in_a_container() {
  local user=$1
  shift
  unshare --mount --pid --fork --mount-proc bash -c '
    mount -t tmpfs -o ro tmpfs /proc/acpi && mount --bind /dev/null /proc/keys &&
      mount --bind /proc/sys /proc/sys && mount -o remount,bind,ro /proc/sys || exit 99
    user=$1
    shift
    exec setpriv --reuid "$user" --regid "$user" --init-groups --reset-env /usr/bin/env "$@"' \
    bash "$user" "${surroundings[@]}" "$@"
}

check_a_covered_proc_is_refused_with_the_fix() {
  plain_profile_of tester
  hear in_a_container tester "$DEVBOX" run -p box -- true
  same "the status of run" 125 "$status"
  same "what it says" "devbox: cannot mount a fresh /proc on /proc: Operation not permitted
  hint: a fresh /proc is refused where the outer one is partly covered, as in most containers; start the container with \`--security-opt systempaths=unconfined\` (docker) or \`--security-opt unmask=ALL\` (podman)" "$err"
  hear in_a_container tester "$DEVBOX" doctor -p box
  same "the status of doctor" 1 "$status"
  holds "what doctor says" "$(words "$out")" "covered here: /proc/acpi, /proc/keys, /proc/sys"
}

check_a_proc_that_hides_the_processes_of_others_is_no_hindrance() {
  plain_profile_of tester
  true_that "/proc hides them" mount -o remount,hidepid=2 /proc
  runs session tester
  hear session tester "$DEVBOX" run -p box --map subids -- sh -c 'wc -l </proc/self/uid_map; cat /proc/[0-9]*/comm; :'
  same "one with mapped ranges" "0 3 devbox-init sh " "$status $(words "$out") $err"
  mount -o remount,hidepid=0 /proc
}

check_a_newuidmap_that_is_not_setuid_is_named() {
  plain_profile_of tester
  chmod u-s /usr/bin/newuidmap
  no_subids tester "devbox: cannot map subordinate ids: /usr/bin/newuidmap is neither setuid root nor has it file capabilities
  hint: \`sudo apt-get install -y --reinstall uidmap\` puts it back as it was; \`ids.map = \"self\"\` needs none"
  doctor_says tester "broken newuidmap /usr/bin/newuidmap is neither setuid root nor has it file capabilities"
  runs session tester
  chmod u+s /usr/bin/newuidmap
  hear session tester "$DEVBOX" run -p box --map subids -- true
  same "after it is setuid again" "0 " "$status $err"
}

check_no_range_and_a_small_one_are_named_and_doctors_command_gives_a_usual_one() {
  plain_profile_of tester
  cp /etc/subuid /etc/subgid "$here/"
  echo tester:200000:1000 | tee /etc/subuid >/etc/subgid
  doctor_says tester "missing ranges tester has 1000 subordinate uids and 1000 gids, fewer than 65536"
  hear session tester "$DEVBOX" run -p box --map subids -- cat /proc/self/uid_map
  same "a box with what there is" "0 " "$status $err"
  holds "its map" "$(words "$out")" "200000"
  : >/etc/subuid
  : >/etc/subgid
  no_subids tester "devbox: \`ids.map\`: tester has no subordinate uids and gids (/etc/subuid, /etc/subgid); \`sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 tester\` adds them"
  echo '[ids]
map = "subids"' >>/home/tester/.config/devbox/profiles/box.toml
  hear session tester "$DEVBOX" doctor -p box --fix-script
  printf '%s\n' "$out" >"$here/fix.sh"
  hear sh "$here/fix.sh"
  same "doctor's script, run by root" "0 " "$status $err"
  runs session tester
  cp "$here/subuid" "$here/subgid" /etc/
}

check_a_home_that_is_noexec_runs_the_images_programs() {
  mount -t tmpfs -o noexec,mode=755 tmpfs /home/tester && chown tester: /home/tester
  plain_profile_of tester
  runs session tester
  doctor_says tester "broken private homes /home/tester/.local/state/devbox is on a file system that is mounted noexec"
  umount /home/tester
}

run_checks "$@"
