// `devbox build --record` and `--verify`.
#pragma once

#include <string>
#include <vector>

#include "build/chain.hpp"
#include "build/record.hpp"
#include "cli/command_line.hpp"
#include "commands/build_site.hpp"

namespace devbox::commands {

// Writes what went into the build and what came out. Throws Error.
void write_record(const BuildSite& site, const std::vector<build::Built>& built,
                  const std::string& file);

// Builds again what `recorded`, read from `file`, says, compares, and prints the verdict; 1 where
// something is another. Nothing is put into the project.
int verify_record(const BuildSite& site, const build::Record& recorded, const cli::Build& verb);

build::Record read_record(const std::string& file);

}  // namespace devbox::commands
