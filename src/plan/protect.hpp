// devbox's own directories, which nothing in a box may write: a box that writes the trust file has
// escaped.
#pragma once

#include <string>
#include <vector>

#include "host/host.hpp"
#include "plan/plan.hpp"
#include "plan/request.hpp"
#include "plan/resolve.hpp"

namespace devbox::plan {

// The store, state (trust and private homes), runtime and configuration directories.
std::vector<std::string> protected_directories(const host::Host& host);

// The real path of `path`, by its deepest ancestor that is there.
std::string real_path(const std::string& path, const Facts& facts);

// What a profile masks, replaces or shows read-only inside a writable bind stays where it is: the
// directories between the two are held in place, because the box could rename them otherwise.
void hold_covers(Plan& plan);

// Covers the protected directories in every writable bind of `plan` that contains one, and asks for
// them to be made first, so that the box cannot make them itself. A bind from inside one is a
// mistake.
void protect(Plan& plan, const host::Host& host, const Facts& facts, Mistakes& mistakes);

}  // namespace devbox::plan
