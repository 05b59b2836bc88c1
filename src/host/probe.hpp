// Asks the machine. Nothing here changes it.
#pragma once

#include <string>
#include <string_view>

#include "host/host.hpp"

namespace devbox::host {

// Everything in Host, cheaply: a few reads, and getent(1) only where neither the environment nor
// /etc/passwd knows the user. Throws Error where the user has no absolute home directory. Where
// /etc/passwd knows the user: 60 to 100 µs as the first thing in a process, 40 µs when repeated.
Host probe();

// The ranges of `user` (also listed by number), from `getsubids` where it exists, else from
// /etc/subuid and /etc/subgid. Empty where there are none. Costs a process: ask only when ranges
// are needed.
SubordinateIds subordinate_ids(const Host& host);

// subuid(5): "name:start:count" lines; those of `user` or its number. Lines that are not of the
// form, or whose range is empty or has a last id beyond 2^32-2, are left out. Pure: the fuzz target
// and the tests call it.
std::vector<IdRange> parse_subordinate_ids(std::string_view text, std::string_view user,
                                           std::uint32_t uid);

// stat(2) of an absolute path, links followed, and its real path.
PathFact look(const std::string& path);

// The whole file; Error names it and says why not. `max_bytes` bounds it; anything but a regular
// file (a FIFO, a directory, a device) is an Error, and is never waited for.
std::string read_file(const std::string& path, std::size_t max_bytes);

// The programs and data that belong to this devbox: found from /proc/self/exe, so that a build
// tree, an installed prefix and a prefix that was moved all work.
struct Installation {
  std::string init;          // libexec/devbox/devbox-init
  std::string image;         // libexec/devbox/devbox-image
  std::string scope;         // libexec/devbox/devbox-scope
  std::string profiles;      // share/devbox/profiles
  std::string program;       // devbox itself
  std::string surroundings;  // libexec/devbox/devbox-surroundings.so; empty: it is not there
};
Installation installation();

}  // namespace devbox::host
