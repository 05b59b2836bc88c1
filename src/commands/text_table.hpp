// Rows of words as lines. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace devbox::commands {

using TableRow = std::vector<std::string>;

// A line for each row, the first of which is the head; all have as many cells. None is wider than
// `columns` but for the first cells: of the others the widest are cut first. A column in which
// nobody has anything is left out.
std::vector<std::string> text_table(const std::vector<TableRow>& rows, std::size_t columns);

}  // namespace devbox::commands
