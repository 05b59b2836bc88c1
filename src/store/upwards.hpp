// The directories in which a file that nobody named may be believed.
//
// git once read a .git that another user had put into a directory above (CVE-2022-24765: C:\.git,
// /tmp/.git) and ran what it said. A profile decides what runs, too.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "host/host.hpp"

namespace devbox::store {

struct Upwards {
  std::vector<std::string> directories;  // nearest first; each belongs to the user or root
  std::string foreign;  // the directory of another user that ended the walk, else empty
  std::uint32_t foreign_owner = 0;
  std::string end;  // why it goes no further: "/home/dev is your home directory"; for a message
};

// From the working directory up to the home directory, which is the last, and never across a
// file-system boundary or into a directory of another user. Throws Error where there is no working
// directory.
Upwards upwards(const host::Host& host);

bool is_believed(std::uint32_t owner, const host::Host& host);  // the user or root

// A file that may or may not be there: its owner, or that of the link that leads to it, whichever
// is not to be believed. std::nullopt where there is nothing of that name.
std::optional<std::uint32_t> owner_of(const std::string& path, const host::Host& host);

// Whether `directory` is the home directory, one of its ancestors, or "/", under whatever name.
bool holds_home(const std::string& directory, const host::Host& host);

}  // namespace devbox::store
