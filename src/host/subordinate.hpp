// Subordinate ranges: getsubids(1)'s output ("0: dev 100000 65536", a range a line), and new ones.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "host/distribution.hpp"
#include "host/host.hpp"

namespace devbox::host {

// As strict as parse_subordinate_ids: a line of another form is left out. Pure.
std::vector<IdRange> parse_getsubids(std::string_view text);

// Where a range for somebody new may begin: behind every range of subuid(5) or subgid(5) text, and
// not below 100000 (login.defs(5), SUB_UID_MIN). Pure.
std::uint32_t first_unused(std::string_view text);

// The command that gives `user` 65536 ids from `start` on, of the kinds that `ids` lacks.
// usermod(8) knows the users of /etc/passwd alone, and Alpine has none: there the files are
// written. Pure.
std::string add_ranges_command(const SubordinateIds& ids, std::string_view user,
                               std::uint32_t start, Family family);

}  // namespace devbox::host
