// The command of a box: the process that pid 1 starts and waits for.
#pragma once

#include "init/small.hpp"

namespace devbox::init {

struct Command {
  char** argv;  // devbox-init's own
  char** envp;
  int tty;        // to give to the command's group, or -1
  uint64_t mask;  // the signal mask it gets
  int step;       // out: kernel::Step that failed
  int err;        // out: its errno
  int index;      // out: 1 where the file exists and what it needs to run does not
};

// Starts it in a process group of its own; returns its pid once it runs, or -1 with `step` and
// `err`.
int start(Command& command) noexcept;

}  // namespace devbox::init
