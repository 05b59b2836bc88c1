// Images that a profile pins, and the store that has them.
#pragma once

#include <cstdint>
#include <string>

#include "commands/prepare.hpp"
#include "host/probe.hpp"
#include "store/import.hpp"

namespace devbox::commands {

std::string size_text(std::uint64_t bytes);  // "590.1 MB"

store::Pinned store_of(const host::Host& host);

// Where the store has the archive that the profile pins, held. Throws Error where it is not there.
store::HeldTree pinned_tree(const Subject& subject, Missing missing);

// As store::import_archive; says on standard error how far it is, where that is a terminal, and
// what differs from what the archive says.
store::Imported import(const host::Host& host, const host::Installation& installation,
                       const std::string& file, const std::string& expected);

}  // namespace devbox::commands
