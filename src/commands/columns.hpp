// Cells of a table, as wide as a terminal shows them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace devbox::commands {

// Of UTF-8, without what is as wide as two, or as none.
std::size_t width_of(std::string_view text);

// At most that wide: what is longer ends in "…".
std::string cut(const std::string& text, std::size_t most);

enum class Side { left, right };

// With spaces, so that `text` is at that side of a cell that is so wide.
std::string padded(const std::string& text, std::size_t width, Side side);

}  // namespace devbox::commands
