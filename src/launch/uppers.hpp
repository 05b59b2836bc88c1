// The directories on the host that take what a box writes to its root and its workspace, and the
// locks that keep each to one box: the kernel lets two overlays share an upper, and corrupts it.
//
//   KEPT/upper, work, lock, tree, profile   a persistent root; store/roots.hpp
//   SCRATCH/BOX/root/upper, work            thrown away with the box; BOX itself is locked
//   SCRATCH/BOX/workspace/upper, work
//
// Pid 1 holds the locks for as long as a process of the box lives, and the waiter until all of them
// are dead.
#pragma once

#include <array>
#include <string>

#include "host/host.hpp"
#include "launch/compile.hpp"
#include "plan/plan.hpp"
#include "util/fd.hpp"

namespace devbox::launch {

// What is thrown away; removed by its destructor where the start failed.
struct Scratch {
  Scratch() = default;
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  std::string name;  // of the box
  Fd parent;
  Fd lock;  // the directory itself
};

class Uppers {
 public:
  // Makes what is missing and takes the locks. Throws Error where another box has one of them, or
  // where no overlay could write there.
  Uppers(const plan::Plan& plan, const std::string& box);
  const UpperPaths& paths() const { return paths_; }
  std::array<int, 2> locks() const { return {kept_lock_.get(), scratch_.lock.get()}; }  // borrowed
  bool has_scratch() const { return scratch_.lock.get() >= 0; }

 private:
  void open_kept(const plan::Plan& plan, const std::string& box);
  void make_scratch(const plan::Plan& plan, const std::string& box);

  UpperPaths paths_;
  Fd kept_lock_;
  Scratch scratch_;
};

// Whether boxes that are gone have left something in `scratch`.
bool has_rubbish(const std::string& scratch);

// Removes it: what boxes that are gone have left in `scratch`: what nobody holds locked. Where ids
// of the user's subordinate ranges own some of it, from a user namespace that has them. Throws
// Error where something is left.
void sweep_scratch(const std::string& scratch, const host::Host& host);

// Makes a directory with those above it, 0700. Throws Error.
void make_directory(const std::string& path);

}  // namespace devbox::launch
