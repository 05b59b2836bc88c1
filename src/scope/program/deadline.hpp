// A time for silence, and for all of it.
#pragma once

#include <string_view>

namespace devbox::scope {

// After so long the process ends with `Status::deadline`, with a line on standard output that says
// so, wherever it is: also where libsystemd waits for what has timeouts of its own (90 s for a
// server that does not authenticate).
void end_after(int milliseconds);

// The other side lives: the time begins anew, up to kMostPatience times.
void heard_something();

// From now on it does not.
void answer_is_there();

// All of it, to standard output; false where nobody reads that. Safe in a signal handler.
bool write_out(std::string_view text) noexcept;

}  // namespace devbox::scope
