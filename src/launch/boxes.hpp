// The runtime directory of running boxes: one FIFO for each, which its owners hold open.
#pragma once

#include <string>

#include "util/fd.hpp"

namespace devbox::launch {

class Boxes {
 public:
  // Makes `runtime` and its "boxes", 0700, where they are missing. Throws Error where one of them
  // is not a directory of this user that nobody else can write: in /tmp, somebody else may have
  // been there first.
  explicit Boxes(const std::string& runtime);

  const std::string& path() const { return path_; }
  int directory() const { return directory_.get(); }  // borrowed

  // Whether the launcher of the box with that name is gone.
  static bool launcher_is_dead(const char* name);

  // A name that no box has: the launcher's pid and the time.
  static std::string new_name();

  // Removes a few entries whose launcher is dead and which nobody reads (ENXIO: pid 1 is gone too).
  // Pid 1 removes its own; these are of boxes that were killed from outside. Looks at the first few
  // entries alone, so that a start costs the same beside a thousand boxes.
  // Whether there was one.
  bool sweep() const;

 private:
  std::string path_;
  Fd directory_;
};

}  // namespace devbox::launch
