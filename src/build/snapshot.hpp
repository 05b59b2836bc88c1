// A copy of what a build sees of its project, kept from build to build: only what has changed is
// copied again. Modes are 0644 and 0755, and every time is the same, so that nothing of a checkout
// is in it but what git would give anybody. It lies below the overlay that a build writes to, and a
// build does not see what is edited meanwhile.
//
//   DIRECTORY/tree     the copy
//   DIRECTORY/index    what of the project each file was copied from; missing while it changes
//   DIRECTORY/lock     flock(2): shared by builds that use the copy, exclusive while it changes
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "util/fd.hpp"

namespace devbox::build {

class Snapshot {
 public:
  // Makes the copy what `files` of `project` are now, with `epoch`, in seconds, as their time.
  // `waiting` is called before it waits for the builds that use the old one. Throws Error; what of
  // `files` is neither a file nor a link is one.
  Snapshot(const std::string& directory, const std::string& project,
           const std::vector<std::string>& files, std::int64_t epoch,
           const std::function<void()>& waiting);

  const std::string& tree() const { return tree_; }

 private:
  std::string tree_;
  Fd lock_;  // shared, as long as this lives
};

}  // namespace devbox::build
