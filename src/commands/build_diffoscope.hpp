// diffoscope, where the host has it: it knows many more formats than devbox does.
#pragma once

#include <string>

#include "commands/build_site.hpp"

namespace devbox::commands {

// Has it compare the files `first` and `second` and write its report to `report`. It gives what a
// build made to dozens of parsers: it does so in a box of the host's programs, which sees the two
// files, has no network, and ends after a minute. What became of it, a sentence for people; empty
// where there is no diffoscope. Throws Error where the report cannot be written.
std::string ask_diffoscope(const BuildSite& site, const std::string& first,
                           const std::string& second, const std::string& report);

}  // namespace devbox::commands
