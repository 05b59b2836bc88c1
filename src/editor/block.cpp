#include "editor/block.hpp"

#include <fmt/format.h>

namespace devbox::editor {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

struct Place {
  std::size_t begin = kNone, end = kNone;  // begin: npos where it is not there
};

std::string first_line(const Block& block) {
  return fmt::format("{} >>> devbox editor {}\n", block.comment, block.name);
}
std::string last_line(const Block& block) {
  return fmt::format("{} <<< devbox editor {}\n", block.comment, block.name);
}

// Where a line begins that is `line`, from `from` on.
std::size_t find_line(std::string_view text, const std::string& line, std::size_t from) {
  std::size_t at = text.find(line, from);
  while (at != kNone && at != 0 && text[at - 1] != '\n') at = text.find(line, at + 1);
  return at;
}

std::optional<Place> find(std::string_view text, const Block& block) {
  const std::string first = first_line(block);
  const std::string last = last_line(block);
  Place place;
  place.begin = find_line(text, first, 0);
  const std::size_t close = find_line(text, last, 0);
  if (place.begin == kNone) return close == kNone ? std::optional(place) : std::nullopt;
  if (close == kNone || close < place.begin) return std::nullopt;
  place.end = close + last.size();
  const bool is_once =
      find_line(text, first, place.begin + 1) == kNone && find_line(text, last, place.end) == kNone;
  return is_once ? std::optional(place) : std::nullopt;
}

}  // namespace

std::optional<std::string> without_block(std::string_view text, const Block& block) {
  const std::optional<Place> place = find(text, block);
  if (!place) return std::nullopt;
  std::string rest(text);
  if (place->begin != kNone) rest.erase(place->begin, place->end - place->begin);
  return rest;
}

std::optional<std::string> with_block(std::string_view text, const Block& block,
                                      std::string_view content) {
  const std::optional<Place> place = find(text, block);
  if (!place) return std::nullopt;
  const std::string whole = first_line(block) + std::string(content) + last_line(block);
  std::string result(text);
  if (place->begin != kNone) return result.replace(place->begin, place->end - place->begin, whole);
  if (!result.empty() && !result.ends_with('\n')) result += '\n';
  if (!result.empty()) result += '\n';
  return result + whole;
}

}  // namespace devbox::editor
