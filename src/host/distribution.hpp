// Which distribution this is, and what installs a program there.
#pragma once

#include <string>
#include <string_view>

#include "host/refusal.hpp"

namespace devbox::host {

enum class Family { debian, fedora, arch, suse, alpine, other };

struct Distribution {
  Family family = Family::other;
  std::string name;  // "Debian GNU/Linux 12 (bookworm)"; empty where nothing says it
};

// The bytes of os-release(5): ID, or else the first word of ID_LIKE that is known. Pure.
Distribution parse_os_release(std::string_view text);

// /etc/os-release, or /usr/lib/os-release.
Distribution distribution();

// `program` is one that devbox may need ("newuidmap") or "terminfo". Without a command where the
// distribution, or its package of that program, is not known. Pure.
Refusal not_installed(std::string_view program, Family family);

// It is there, and not as its package has it.
Refusal to_reinstall(std::string_view program, Family family, std::string cause);

}  // namespace devbox::host
