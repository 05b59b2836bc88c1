// getsubids(1)'s output: "0: dev 100000 65536", a range a line.
#pragma once

#include <string_view>
#include <vector>

#include "host/host.hpp"

namespace devbox::host {

// As strict as parse_subordinate_ids: a line of another form is left out. Pure.
std::vector<IdRange> parse_getsubids(std::string_view text);

}  // namespace devbox::host
