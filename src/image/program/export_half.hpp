// The half of an export that reads a stored tree, as the other half sees it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "image/confine.hpp"
#include "util/fd.hpp"

namespace devbox::image {

// All of it, into a pipe. Throws SaidAlready where nobody reads any more: whoever did has said why;
// and Error.
void hand_on(int to, std::string_view bytes);

// A process that can read `directory` and nothing else, and gives the tar archive of "root" in it
// (image/export_tree.hpp), whose manifest must have the digest `tree`, once that is asked for. What
// was wrong it says. It is to be started before anything is opened that it should not have.
class ExportHalf {
 public:
  // Throws Error where none can be started.
  ExportHalf(const std::string& directory, const std::string& tree, const Owners& owners);
  ~ExportHalf();  // it has ended then: what is said of another failure comes after what it said
  ExportHalf(const ExportHalf&) = delete;
  ExportHalf& operator=(const ExportHalf&) = delete;

  // All that it gives, into `sink`; once. Returns when the newest entry of the tree was changed.
  // Throws Error, what the sink throws, and SaidAlready where the half failed: then what the sink
  // has is not whole.
  std::int64_t receive(const std::function<void(std::string_view)>& sink);

 private:
  int end();

  pid_t pid_ = -1;
  Fd stream_;
  Fd go_;  // a byte begins it
};

}  // namespace devbox::image
