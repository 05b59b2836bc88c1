// Cells of a table, as wide as a terminal shows them.
#pragma once

#include <cstddef>
#include <cstdint>
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

// The day of a time since the epoch, "2026-03-01", in the user's time zone; "?" for none.
std::string date_text(std::int64_t seconds);

}  // namespace devbox::commands
