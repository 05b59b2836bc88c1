// What an interactive shell at a terminal gets beside its profile: a prompt that names the box, and
// a terminal that knows where it is. `[shell] integration` turns all of it off.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "plan/plan.hpp"
#include "plan/request.hpp"
#include "plan/resolve.hpp"

namespace devbox::plan {

// Whether this is one. Not on a terminal that only writes lines (TERM=dumb, or none).
bool is_integrated(const profile::Profile& profile, const host::Host& host, const Request& request);

// Where the script lies, and nothing else.
inline constexpr const char* kShellDirectory = "/run/devbox/shell";

// Of the terminal, and of no use without one: they pass into an integrated shell.
inline constexpr const char* kOfTerminal[] = {
    "COLORTERM",        "TERM_PROGRAM", "TERM_PROGRAM_VERSION",
    "VSCODE_INJECTION", "VSCODE_NONCE", "VTE_VERSION"};

// Once everything else is planned: the script, how the shell comes to read it, the variables for a
// devbox inside, and what the terminal is told.
void integrate_shell(Plan& plan, const Resolved& resolved, const profile::Profile& profile,
                     const host::Host& host, const std::string& shell);

// Which paths of the box are the host's too: whether what is at and below each is, sorted, without
// what follows from the others.
using SharedPaths = std::map<std::string, bool>;
SharedPaths shared_paths(const Plan& plan, const Resolved& resolved);

// "+/home/ann/work:-/home/ann/work/secrets", percent-encoded: as one box tells it to the next.
std::string shared_text(const SharedPaths& paths);
SharedPaths parse_shared(std::string_view text);

// What both have: `inner` is a box's in the box of `outer`.
SharedPaths shared_by_both(const SharedPaths& outer, const SharedPaths& inner);

}  // namespace devbox::plan
