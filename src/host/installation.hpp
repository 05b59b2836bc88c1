// Where devbox's other programs and its profiles are, judged from the directory of the executable.
#pragma once

#include <cstdint>
#include <string>

#include "host/probe.hpp"

namespace devbox::host {

// The places, as the build was told them; whether anything is there is another question. Pure.
Installation installed_from(const std::string& bindir);
Installation built_in(const std::string& bindir);

// The installed prefix first, else the build tree. A devbox-init counts only where it and its
// directory belong to root, to the user, or to whom `executable_owner` says the running devbox
// belongs: below a build directory in /tmp, "../libexec" is anybody's to make. (In a box in a box
// root's files read as 65534, and so does the executable.) Throws Error that names both places.
// The same holds for devbox-surroundings.so, without which devbox does all but vary a build's
// surroundings: where there is none that counts, its path is empty.
Installation installation_beside(const std::string& bindir, std::uint32_t executable_owner);

}  // namespace devbox::host
