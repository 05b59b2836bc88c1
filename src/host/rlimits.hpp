// The limits of getrlimit(2) by name.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace devbox::host {

// "nofile" is RLIMIT_NOFILE; -1 of a name that is none.
int rlimit_number(const std::string& name);

// How far this process may raise each, by name; RLIM_INFINITY as it is.
std::map<std::string, std::uint64_t> hard_limits();

}  // namespace devbox::host
