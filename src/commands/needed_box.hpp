// A box that another one waits for.
#pragma once

#include <functional>

namespace devbox::commands {

struct Ending {
  int status = 0;  // of the command; 128 and the signal where one ended it
  int signal =
      0;  // that devbox ends of now: the box did, or it came and the box did its work; or 0
};

// `start` starts a box in a process of its own, with /dev/null as input and standard error as
// output, and returns only by throwing, which this function then does in that process. Signals that
// ask a process to end are passed on to the box, which ends with us, by whatever death.
Ending run_needed(const std::function<void()>& start);

// Ends this process of `signal`, without a core; returns 128 and its number where that is ignored.
int die_of(int signal);

}  // namespace devbox::commands
