// What `devbox ps` prints. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "launch/records.hpp"
#include "util/json.hpp"

namespace devbox::commands {

// As much of each id as tells the box from the others, in the order of `running`.
std::vector<std::string> short_ids(const std::vector<launch::Record>& running);

// A head and a line for each box, none wider than `columns` but for what cannot be cut. `now` as
// launch::boot_time() has it; a path below `home` is shown with `~`.
std::vector<std::string> ps_table(const std::vector<launch::Record>& running, std::int64_t now,
                                  const std::string& home, std::size_t columns);

// An array; times are seconds.
Json ps_json(const std::vector<launch::Record>& running, std::int64_t now);

}  // namespace devbox::commands
