#!/usr/bin/env bash
# machine: bookworm trixie bullseye
# seconds: 800
# The end-to-end tests as an ordinary user in a login session: Linux 6.1, 6.12, and 5.10, which has
# neither mount_setattr nor overlays without privileges.
. "$(dirname "$0")/../lib.sh"

# Emulated, a start takes a fifth of a second: what is there for its number of starts is left out.
left_out_of() {
  case $1 in
    run) echo every_exit_code_comes_back ;;
    # It changes the host's /etc by an overlay of the user's, of which bullseye has none.
    mounts) [ "$machine" != bullseye ] ||
      echo the_resolvers_file_is_followed_and_nothing_beside_a_plain_one_is_shown ;;
    # The box has no compiler and no git.
    isolation) echo a_strict_box_makes_no_namespaces_and_still_compiles ;;
    faults)
      echo nothing_is_left_of_500_boxes_killed_at_any_moment_of_their_start
      echo nothing_is_left_when_pid_1_or_the_child_is_killed_during_the_start
      echo a_hundred_boxes_run_at_once_and_end_with_their_launchers
      echo a_thousand_boxes_run_at_once_and_end_with_their_launchers
      ;;
    images)
      # It unpacks the whole tree, and wants a compiler in it.
      echo a_pinned_tree_is_pulled_entered_and_never_changes
      echo a_kill_at_any_moment_leaves_the_old_or_the_new
      echo sixteen_imports_at_once_make_one_tree
      ;;
  esac
}

# all_of FILE
all_of() { suite tester "$1" $(left_out_of "$1"); }

check_run() { all_of run; }
check_mounts() { all_of mounts; }
check_isolation() { all_of isolation; }
check_trust() { all_of trust; }
check_profiles() { all_of profiles; }
check_signals() { all_of signals; }
check_terminal() { all_of terminal; }
check_doctor() { all_of doctor; }
check_faults() { all_of faults; }
check_images() { all_of images; }

# What depends most on the kernel is tried on each; of the rest each file on one machine: all of them
# on each would take half an hour.
if [ $# = 0 ]; then
  set -- run mounts isolation
  case $machine in
    bookworm) set -- "$@" doctor images faults ;;
    trixie) set -- "$@" signals terminal ;;
    # Not images, for want of OpenSSL 3, nor faults, for want of `unshare --map-auto`.
    bullseye) set -- "$@" trust profiles ;;
  esac
fi

run_checks "$@"
