// The shims on disk: which there are to be, and that no others of ours are.
#pragma once

#include <string>
#include <vector>

#include "commands/prepare.hpp"

namespace devbox::commands {

// Where a profile's shims are when nobody says otherwise: one directory for each profile file and
// project, below devbox's state, where no box can write to what the host runs.
std::string shim_directory(const Subject& subject);

// Writes what differs of the profile's shims, each whole or not at all, and removes those that it
// no longer names, which it returns. Throws Error where it cannot, and at the end where something
// that is no shim lies in the place of one.
std::vector<std::string> refresh_shims(const Subject& subject, const std::string& path);

// The same for the usual directory, where it is there: after a profile has changed, nobody needs to
// think of it.
void refresh_known_shims(const Subject& subject);

}  // namespace devbox::commands
