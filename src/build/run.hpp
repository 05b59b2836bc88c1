// One box of a build, run to its end by a process of its own.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "launch/launch.hpp"
#include "plan/hermetic.hpp"
#include "plan/plan.hpp"

namespace devbox::build {

struct Ran {
  int status = 0;      // its exit status; 128 and the signal where one ended it
  double seconds = 0;  // from the start to the end
};

// Starts the box, in a session without a terminal and with nothing to read, and waits for it.
// `output` gets what it writes to standard output and standard error as it comes; it is called with
// nothing ten times a second where nothing comes. The box ends with this process. Throws Error
// where it cannot be started.
Ran run(const plan::Plan& plan, const launch::Runtime& runtime,
        const plan::Surroundings& surroundings,
        const std::function<void(std::string_view)>& output);

}  // namespace devbox::build
