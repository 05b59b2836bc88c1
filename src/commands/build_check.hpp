// `devbox build --check`.
#pragma once

#include "cli/command_line.hpp"
#include "commands/build_site.hpp"

namespace devbox::commands {

// Prints the verdict; 1 where builds differ.
int check_build(const BuildSite& site, const cli::Build& verb);

}  // namespace devbox::commands
