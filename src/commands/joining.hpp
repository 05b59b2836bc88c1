// Which box that runs a start joins.
#pragma once

#include <string>

#include "commands/prepare.hpp"
#include "launch/launch.hpp"
#include "plan/plan.hpp"
#include "util/fd.hpp"

namespace devbox::commands {

// Who joins what runs: `enter` any box that is the same, `run` one whose persistent root it would
// need, as two boxes cannot have it.
enum class Joins { any, persistent_root };

// Of the profile with its bases, its files and its lock, then of the options that shape a box; what
// a command has of its own (--env, --cwd) is not among them. Empty where a box is to be one of its
// own: limits were typed for it, or its use is to be told.
std::string fingerprint(const Subject& subject, const cli::BoxOptions& options);

// Held until the box runs, so that of two starts at one instant the second finds the first's.
class StartLock {
 public:
  // `runtime`: host::Directories::runtime. Waits for others for five seconds, which is a thousand
  // times what they need, and does without then. Throws Error.
  explicit StartLock(const std::string& runtime);

 private:
  Fd lock_;
};

// Whether a start of that plan looks for a box to join.
bool joins_at_all(const plan::Plan& plan, Joins joins);

// Joins the box that runs, and becomes the command's waiter; returns where there is none to join.
// Says on standard error where the profile has changed since a box of it was started. Throws Error.
// `fingerprint`: the start's, see above; `terminal`: host::Host::terminal.
void join_running(const plan::Plan& plan, const launch::Runtime& runtime,
                  const std::string& fingerprint, Joins joins, const std::string& terminal);

// Which of these a start of that plan would come to; empty where it starts a box and there is
// nothing to say.
std::string join_note(const plan::Plan& plan, const launch::Runtime& runtime,
                      const std::string& fingerprint, Joins joins);

}  // namespace devbox::commands
