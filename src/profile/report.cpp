#include "profile/report.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include <fmt/format.h>

namespace devbox::profile {

namespace {

constexpr std::size_t kShownBytes = 100;

bool is_bare(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

}  // namespace

void Report::add(Where at, std::string message) { found_.push_back({at, std::move(message)}); }

std::vector<Mistake> Report::in_order(const std::vector<ClosureFile>& files) const {
  std::vector<Found> sorted = found_;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Found& a, const Found& b) { return a.at < b.at; });
  std::vector<Mistake> mistakes;
  mistakes.reserve(sorted.size());
  for (Found& found : sorted)
    mistakes.push_back({position(found.at, files), std::move(found.message)});
  return mistakes;
}

Position position(Where at, const std::vector<ClosureFile>& files) {
  return {files.at(at.file).path, at.line, at.column};
}

std::string shortened(std::string_view text) {
  if (text.size() <= kShownBytes) return std::string(text);
  std::size_t end = kShownBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
    --end;  // not within a character
  return fmt::format("{}…", text.substr(0, end));
}

std::string quoted(std::string_view text) { return fmt::format("\"{}\"", shortened(text)); }

std::string shown_key(std::string_view key) {
  const bool bare = !key.empty() && std::all_of(key.begin(), key.end(), is_bare);
  return bare ? shortened(key) : quoted(key);
}

std::string did_you_mean(std::string_view word, std::string_view mark) {
  return word.empty() ? std::string() : fmt::format("; did you mean {0}{1}{0}?", mark, word);
}

}  // namespace devbox::profile
