// Carries a plan out and decides nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "init/protocol.hpp"
#include "plan/plan.hpp"

namespace devbox::launch {

// What Runtime::ended ends with where it has said why the box was killed.
inline constexpr int kToldStatus = init::kToldStatus;

enum class Report {
  nothing,
  timings,  // where the start spent its microseconds, on standard error
  steps,    // each step as it was done, with its time
};

struct Runtime {
  std::string init;   // devbox-init, absolute
  std::string scope;  // devbox-scope, absolute; where the plan wants a scope
  std::string
      directory;     // of running boxes (host::Directories::runtime); made 0700 where it is missing
  std::string user;  // whose subordinate ids newuidmap checks
  int tree_lock = -1;              // borrowed; held open by pid 1, and so as long as the box is
  std::string scratch;             // plan::Plan::scratch, whether the plan has it or not
  std::vector<std::string> sweep;  // the command that removes what dead boxes left there
  std::vector<std::string> ended;  // the command that tells what the limits did; gets `directory`,
                                   // the box's id, host::word_of(Felt) of what was felt before the
                                   // command, how the command ended and with what
  bool measured = false;           // it tells in any case
  std::string version;             // of this devbox
  // Of all that shaped the box but what each command has of its own: who asks for the same may join
  // it. Asked for while the box is being made, as long as another processor may take for it. Empty,
  // or none: nobody joins without naming the box.
  std::function<std::string()> fingerprint;
  bool kept = false;  // the box stays, also without a command, until it is stopped
  Report report = Report::nothing;
  std::int64_t begun = 0;  // CLOCK_MONOTONIC nanoseconds at which devbox started, for the report
};

// Closes every descriptor above 2 but those; to be called before anything else is opened. Throws
// Error where one of `keep` is not open.
void close_inherited(const std::vector<int>& keep);

// Starts the box and becomes its waiter: returns only by throwing Error, with nothing left behind.
[[noreturn]] void launch(const plan::Plan& plan, const Runtime& runtime);

}  // namespace devbox::launch
