// devbox run --task.
#pragma once

#include <cstdint>

#include "cli/command_line.hpp"

namespace devbox::commands {

// Runs the tasks that `verb.task` needs, each in a box of its own with no input, its output on
// standard error; then the task itself, as `run` runs a command. The answer is the status of the
// first one needed that failed, after a line that says which; a task without a command ends with 0.
int run_task(const cli::Run& verb, std::int64_t begun);

}  // namespace devbox::commands
