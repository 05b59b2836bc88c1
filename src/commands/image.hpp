// Images that a profile pins, and the store that has them.
#pragma once

#include <cstdint>
#include <string>

#include "commands/prepare.hpp"
#include "host/probe.hpp"
#include "store/import.hpp"

namespace devbox::commands {

store::Pinned store_of(const host::Host& host);

// As store::import_archive; says on standard error how far it is, where that is a terminal, and
// what differs from what the archive says.
store::Imported import(const host::Host& host, const host::Installation& installation,
                       const std::string& file, const std::string& expected);

}  // namespace devbox::commands
