// Boxes that run at the same time, and the memory beside their commands.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "sections.hpp"
#include "util/fd.hpp"

namespace devbox::bench {

// A number of boxes that are all up: each has written a byte into a FIFO in the workspace.
class RunningBoxes {
 public:
  RunningBoxes(const Bench& bench, Who who, int count);

  const std::vector<pid_t>& launchers() const { return launchers_; }
  double up_ms() const { return up_ms_; }  // from before the first start until all were up

  // KiB of the launchers and of their children, but for the commands themselves: a page that many
  // map counts in parts (Pss of smaps_rollup, proc(5)).
  long pss_kib() const;

  // Kills the launchers and waits until nothing of the boxes is left; the time it took. Throws
  // where something stays.
  double end_ms();

 private:
  void wait_until_up(int fifo, double until) const;

  const Family& family_;
  Who who_;
  std::vector<pid_t> launchers_;
  int count_;
  double up_ms_ = 0;
};

}  // namespace devbox::bench
