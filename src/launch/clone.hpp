// The one clone of a start.
#pragma once

#include <sys/types.h>

#include "launch/program.hpp"

namespace devbox::launch {

struct Cloned {
  pid_t pid = -1;         // -1: errno says why
  bool in_group = false;  // it began its life in the group
};

// Runs child_main (launch/child.hpp) in new namespaces, `flags` of clone(2), and in the control
// group where `group` is a descriptor of one. With CLONE_VM it shares our memory until it execs: no
// page is copied, and nothing of the program is touched meanwhile. Who goes into a group gets a
// copy, by clone3, which docker's older filters answer with ENOSYS: then it does not begin there.
Cloned clone_box(Program& program, int flags, int group);

}  // namespace devbox::launch
