// Programs of the host, by name.
#pragma once

#include <string>
#include <string_view>

namespace devbox::host {

// The first executable regular file of that name in PATH, as execvp(3) would take it; empty where
// there is none. Relative parts of PATH are left out.
std::string find_program(std::string_view name);

}  // namespace devbox::host
