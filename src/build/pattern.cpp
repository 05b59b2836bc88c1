#include "build/pattern.hpp"

#include <cstddef>

namespace devbox::build {
namespace {

std::string_view first_of(std::string_view path) { return path.substr(0, path.find('/')); }

std::string_view rest_of(std::string_view path) {
  const std::size_t slash = path.find('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
}

// Of "[a-z]…": whether `c` is in it, and its length; 0 where no "]" ends it.
std::size_t set_length(std::string_view pattern, char c, bool& holds) {
  std::size_t at = 1;
  const bool inverted = at < pattern.size() && (pattern[at] == '!' || pattern[at] == '^');
  if (inverted) ++at;
  holds = false;
  for (const std::size_t first = at; at < pattern.size(); ++at) {
    if (pattern[at] == ']' && at > first) {
      holds = holds != inverted;
      return at + 1;
    }
    const bool is_range =
        at + 2 < pattern.size() && pattern[at + 1] == '-' && pattern[at + 2] != ']';
    const char low = pattern[at];
    const char high = is_range ? pattern[at + 2] : low;
    holds = holds || (low <= c && c <= high);
    if (is_range) at += 2;
  }
  return 0;
}

// How much of `pattern` the character `c` uses up; 0 where it does not match.
std::size_t match_one(std::string_view pattern, char c) {
  if (pattern[0] == '?') return 1;
  if (pattern[0] == '[') {
    bool holds = false;
    const std::size_t length = set_length(pattern, c, holds);
    if (length > 0) return holds ? length : 0;
  }
  if (pattern[0] == '\\' && pattern.size() > 1) return pattern[1] == c ? 2 : 0;
  return pattern[0] == c ? 1 : 0;
}

// One component. A "*" that fails is tried again one character further: the last one alone, which
// makes it quadratic at worst.
bool matches_component(std::string_view pattern, std::string_view name) {
  std::size_t p = 0;
  std::size_t n = 0;
  std::size_t star = std::string_view::npos;
  std::size_t star_name = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = ++p;
      star_name = n;
      continue;
    }
    const std::size_t used = p < pattern.size() ? match_one(pattern.substr(p), name[n]) : 0;
    if (used > 0) {
      p += used;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star;
      n = ++star_name;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

enum class End {
  path,     // the pattern ends with the path or before
  pattern,  // the path ends before the pattern, which goes on below
};

bool walk(std::string_view pattern, std::string_view path, End end) {
  if (pattern.empty()) return true;  // a directory names all below it
  if (path.empty()) return end == End::pattern;
  if (first_of(pattern) == "**") {
    const std::string_view after = rest_of(pattern);
    return after.empty() || walk(after, path, end) || walk(pattern, rest_of(path), end);
  }
  return matches_component(first_of(pattern), first_of(path)) &&
         walk(rest_of(pattern), rest_of(path), end);
}

}  // namespace

bool names(std::string_view pattern, std::string_view path) {
  return walk(pattern, path, End::path);
}

bool may_name_below(std::string_view pattern, std::string_view path) {
  return path.empty() || walk(pattern, path, End::pattern);
}

}  // namespace devbox::build
