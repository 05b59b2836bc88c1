// From what was typed to a plan: what enter, run, plan and the profile verbs share.
#pragma once

#include <string>
#include <vector>

#include "cli/command_line.hpp"
#include "host/host.hpp"
#include "host/probe.hpp"
#include "launch/launch.hpp"
#include "plan/plan.hpp"
#include "plan/request.hpp"
#include "plan/resolve.hpp"
#include "profile/profile.hpp"
#include "store/profiles.hpp"
#include "store/trust.hpp"
#include "util/fd.hpp"

namespace devbox::commands {

// A profile that was found and read, with everything that the plan and the trust check need.
struct Subject {
  host::Host host;
  host::Installation installation;
  store::Found found;
  profile::Profile profile;
  plan::Request request;
  plan::Resolved resolved;
  Fd tree_lock;  // of a tree of the store, as long as this lives
  plan::Facts facts;
  std::vector<std::string> asks;  // beyond its project
  std::string digest;             // of the closure that a grant covers, env files included
};

// Whether an image that the store lacks is unpacked first, or is an error that says how.
enum class Missing { unpack, refuse };

// The profile alone, and whose it is: up to `profile`.
Subject read_profile(const std::string& profile);

// From `resolved` on: the image, and what look() has. The trust check is the caller's.
void furnish(Subject& subject, Missing missing);

// Up to `resolved`: the profile alone, before the machine is asked about any of its paths.
Subject resolve(const cli::BoxOptions& options);

Subject prepare(const cli::BoxOptions& options, Missing missing = Missing::refuse);

// For launch(), but for what is told at the end, and what is of one start alone.
launch::Runtime runtime_of(const host::Host& host, const host::Installation& installation);
launch::Runtime runtime_of(const Subject& subject);

// Over the bytes of all that the profile is made of: its bases, env files and lock.
std::string closure_digest(const Subject& subject);

// Says what limits there are not: who asks for one must know that he has none.
void say_unmet(const plan::Plan& plan);

store::Trust trust_of(const host::Host& host);

// Throws Error with the list where the profile asks for something that nobody granted.
void require_trust(const Subject& subject);

// Asks the machine, once more after `prepare`: a box may have written into the project since.
void look(Subject& subject);

// Throws Error where the image is of another machine, or the profile is not trusted.
void admit(const Subject& subject, const cli::BoxOptions& options);

// enter and run: prepares, checks the trust, plans, and joins or launches (commands/joining.hpp):
// where the notes are said, any box that is the same is joined. Notes are said where a person reads
// them.
enum class Notes { said, silent };
[[noreturn]] void start(const cli::BoxOptions& options, Notes notes, std::int64_t begun);

// The end of that: plans and launches what was admitted.
[[noreturn]] void start(const Subject& subject, const cli::BoxOptions& options, Notes notes,
                        std::int64_t begun);

}  // namespace devbox::commands
