// The code between clone and exec where a process joins a box.
#pragma once

#include <sys/types.h>

#include <cstddef>

#include "launch/confinement.hpp"

namespace devbox::launch {

// A file that is written in the box, by a rename.
struct BroughtFile {
  const char* above;      // the directory that its own is made in
  const char* directory;  // its own
  const char* path;
  const char* part;  // its name until it is whole
  const char* text;
  std::size_t size;
};

struct Joiner {
  int box = -1;   // a pidfd of its pid 1
  int init = -1;  // the devbox-init that pid 1 is, from the box's own read-only mount
  bool own_network = false;
  const char* terminal = nullptr;  // the caller's, on the host: "/dev/pts/3"; null: none
  bool waits = false;              // for Say::grouped, before anything of the box runs
  Confinement confinement;
  const BroughtFile* brought = nullptr;
  int brought_count = 0;
  const int* oom_score_adj = nullptr;  // with memory of its own, which has one score
  int owner = -1;                      // the launcher's alone: what is stopped owns no box
  int socket = -1;
  int peer = -1;  // the launcher's end
  char** argv = nullptr;
  char** envp = nullptr;
  // In memory that the launcher shares, whatever the clone did: the process that supervises the
  // command, a child of the launcher, as the host numbers it.
  pid_t* supervisor = nullptr;
};

// Runs in the host's namespaces: enters the box's, and starts the process in them that becomes
// devbox-init. noexcept, no allocation, no libc state, as launch/child.hpp. `data` is a const
// Joiner*. Reports {step, errno} through the socket where that fails.
int joiner_main(void* data) noexcept;

}  // namespace devbox::launch
