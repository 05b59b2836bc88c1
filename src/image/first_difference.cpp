#include "image/first_difference.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

namespace devbox::image {
namespace {

constexpr std::size_t kChunk = std::size_t{256} << 10U;
constexpr std::size_t kBefore = 24;  // of the excerpt's bytes
constexpr std::size_t kAfter = 36;

std::uint64_t count_differing(const char* a, const char* b, std::size_t size) {
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < size; ++i) count += a[i] != b[i] ? 1 : 0;
  return count;
}

bool is_printable(char c) { return c >= 0x20 && c < 0x7F; }

// What is printable from the start of `text` on.
std::string_view printable_start(std::string_view text) {
  const auto end = std::find_if_not(text.begin(), text.end(), is_printable);
  return text.substr(0, static_cast<std::size_t>(end - text.begin()));
}

std::string_view printable_end(std::string_view text) {
  const auto end = std::find_if_not(text.rbegin(), text.rend(), is_printable);
  return text.substr(text.size() - static_cast<std::size_t>(end - text.rbegin()));
}

// Whether a text may end before `rest`: the end of a line, of a string of C, or of all.
bool ends_a_text(std::string_view rest) {
  return rest.empty() || rest[0] == '\n' || rest[0] == '\r' || rest[0] == '\0';
}

}  // namespace

std::optional<FirstDifference> first_difference(const Seekable& a, const Seekable& b, Count count) {
  const auto buffer_a = std::make_unique<char[]>(kChunk);
  const auto buffer_b = std::make_unique<char[]>(kChunk);
  const bool counts = count == Count::yes && a.size() == b.size();
  std::optional<FirstDifference> found;
  for (std::uint64_t at = 0;; at += kChunk) {
    const std::size_t got_a = a.read_at(at, {buffer_a.get(), kChunk});
    const std::size_t got_b = b.read_at(at, {buffer_b.get(), kChunk});
    const std::size_t both = std::min(got_a, got_b);
    if (std::memcmp(buffer_a.get(), buffer_b.get(), both) != 0) {
      std::size_t same = 0;
      while (buffer_a[same] == buffer_b[same]) ++same;
      if (!found) found = FirstDifference{at + same};
      if (!counts) return found;
      found->differing_bytes = found->differing_bytes.value_or(0) +
                               count_differing(buffer_a.get(), buffer_b.get(), both);
    }
    if (got_a != got_b && !found) return FirstDifference{at + both};
    if (both < kChunk) return found;
  }
}

std::optional<Texts> excerpt(const Seekable& a, const Seekable& b, std::uint64_t offset) {
  constexpr std::size_t kFewest = 4;  // as strings(1) has it
  const std::uint64_t before = std::min<std::uint64_t>(offset, kBefore);
  const std::string common = a.text_at(offset - before, before);
  const std::string rest_a = a.text_at(offset, kAfter);
  const std::string rest_b = b.text_at(offset, kAfter);
  const std::string_view text_a = printable_start(rest_a);
  const std::string_view text_b = printable_start(rest_b);
  if (text_a.empty() && text_b.empty()) return std::nullopt;
  if (text_a.empty() && !ends_a_text(rest_a)) return std::nullopt;
  if (text_b.empty() && !ends_a_text(rest_b)) return std::nullopt;
  const std::string start(printable_end(common));
  if (start.size() + std::max(text_a.size(), text_b.size()) < kFewest) return std::nullopt;
  return Texts{start + std::string(text_a), start + std::string(text_b)};
}

}  // namespace devbox::image
