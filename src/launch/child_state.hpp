// What the files of the child share: the descriptors that one step leaves to the next. Everything
// here runs between clone and exec: noexcept, no allocation, no libc state.
#pragma once

#include <time.h>

#include "kernel/raw.hpp"
#include "launch/outcome.hpp"
#include "launch/program.hpp"

namespace devbox::launch {

// The directory of the last target: neighbours in the plan mostly share it, and looking it up again
// for each costs 2 to 4 us.
struct KeptDirectory {
  int fd = -1;
  Where where = Where::box;
  const char* path = nullptr;  // its first `size` bytes, a '/' at their end; none for the root
  std::size_t size = 0;
};

struct Child {
  const Program& program;
  int tree = -1;
  int directories = -1;  // what the tree's look like in a writable root: a layer's, or the tree's
  int stage = -1;
  int root = -1;
  int owner = -1;       // the read end that pid 1 keeps
  int own_writer = -1;  // holds the FIFO open until the launcher does
  int boxes = -1;
  std::array<int, 3> locks = program.locks;
  int init = -1;
  int aside = -1;  // a directory of the host that is not "/"
  int index = -1;  // of the operation under way
  KeptDirectory kept{};
};

inline void stamp(std::int64_t* times, int i) noexcept {
  if (times == nullptr) return;
  struct timespec now {};
  kernel::raw(__NR_clock_gettime, CLOCK_MONOTONIC, &now);
  times[i] = std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// An overlay with an upper, detached (writable.cpp).
struct NewOverlay {
  Outcome outcome;
  int mount = -1;
};
NewOverlay new_writable(const Child& child, const Operation& op) noexcept;

// Gives `name` in `directory` the mode and owner of `from`, which a link has none to give of
// (writable.cpp).
kernel::Done look_like(int from, int directory, const char* name) noexcept;

// Builds the box's root on a scratch tmpfs and carries out every operation; `child.root` is then
// ready to be entered (assemble.cpp).
Outcome assemble(Child& child) noexcept;

}  // namespace devbox::launch
