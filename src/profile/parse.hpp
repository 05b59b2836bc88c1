// TOML text to nodes. The only place that knows toml++.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "profile/node.hpp"
#include "profile/report.hpp"

namespace devbox::profile {

// `file` is what every position in the result says. std::nullopt where the text is not TOML: the
// first mistake of syntax is then in `report`.
std::optional<Node> parse(std::string_view bytes, std::uint32_t file, Report& report);

}  // namespace devbox::profile
