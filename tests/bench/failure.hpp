// What ends a benchmark early: a sentence for main, which catches both and cleans up.
#pragma once

#include <stdexcept>

namespace devbox::bench {

class Failure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// ^C, or another signal that asks us to end.
class Interrupted : public std::runtime_error {
 public:
  Interrupted() : std::runtime_error("interrupted") {}
};

}  // namespace devbox::bench
