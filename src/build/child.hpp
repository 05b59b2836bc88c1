// A part of the work in a process of its own, which ends with this one.
#pragma once

#include <sys/types.h>

#include <exception>
#include <functional>
#include <string>

#include "host/process.hpp"
#include "util/fd.hpp"

namespace devbox::build {

// An exception for another process, and back. Throws Error where `said` is not empty.
std::string told(const std::exception_ptr& thrown);
void throw_told(const std::string& said);

class Worker {
 public:
  // Runs `work` in a child, which exits then. Throws Error where none can be started.
  explicit Worker(const std::function<void()>& work);

  // A descriptor (borrowed) that can be read once it is done.
  int done() const { return told_.get(); }
  // Waits for it; throws what `work` threw.
  void join();

 private:
  Fd told_;
  host::Child child_;
};

}  // namespace devbox::build
