// Text for people: nothing from elsewhere reaches a terminal raw.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace devbox {

// Control characters (newline and tab too), DEL, C1 controls, line separators, bidirectional marks
// and overrides, and bytes that are not UTF-8 become \xHH or \u{HHHH}; the rest is unchanged.
std::string printable(std::string_view text);

// As printable, but that newlines and tabs stay: of a text of many lines.
std::string printable_text(std::string_view text);

// The word of `known` nearest to `word` by edit distance (insert, delete, replace, swap
// neighbours), or empty where none is near enough to be meant: one edit, or one for every three
// characters of the longer word. Of equally near words the first.
std::string nearest(std::string_view word, std::span<const std::string> known);

// ASCII's letters; the rest is unchanged.
std::string lower_case(std::string_view text);

// `*` matches any run of characters, the empty one too; everything else matches itself.
bool matches(std::string_view pattern, std::string_view text);

// One word of sh(1), whatever is in it: quoted where it must be (POSIX, Shell Command
// Language, 2.2.2).
std::string shell_quoted(std::string_view word);

// The parts between the separators, empty ones too: always one more than there are separators.
std::vector<std::string> split(std::string_view text, char separator);

std::string megabytes(std::uint64_t bytes);  // "590.1 MB"

// Words as one would type them for a shell, in quotes where they need it; printable.
std::string command_text(std::span<const std::string> words);

}  // namespace devbox
