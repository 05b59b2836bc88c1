#include "image/layer_log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "image/limits.hpp"
#include "image/manifest_line.hpp"
#include "image/sha256.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace devbox::image {
namespace {

constexpr std::string_view kFirstWords = "devbox-layer 2 ";
constexpr std::string_view kWhole = "whole";
constexpr std::string_view kBytes = "bytes";
constexpr unsigned kOwnerReads = 0400;

// What the pool has none of.
bool is_apart(const Change& change) {
  return change.kind == Change::Kind::entry && change.entry.kind == EntryKind::file &&
         change.entry.size > 0 && (change.entry.mode & kOwnerReads) == 0;
}

void append(std::string& text, const Change& change) {
  switch (change.kind) {
    case Change::Kind::entry:
      return append_entry(text, change.path, change.entry, Ownership::told);
    case Change::Kind::hard_link:
      text += "h ";
      append_escaped(text, change.existing);
      text += ' ';
      break;
    case Change::Kind::whiteout:
      text += "w ";
      break;
    case Change::Kind::opaque:
      text += "o ";
      break;
  }
  append_escaped(text, change.path);
  text += '\n';
}

[[noreturn]] void fail(std::string_view what) {
  throw Error(fmt::format("what is known of a layer {}", what),
              "`devbox image rm` of the image that it came with, and a pull, make it anew");
}

// What follows the first line; std::nullopt where that is not of this form, or of other text.
struct Head {
  bool whole = false;
  std::string_view rest;
};
std::optional<Head> head_of(std::string_view text) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos || !text.starts_with(kFirstWords)) return std::nullopt;
  const std::vector<std::string> words =
      split(text.substr(kFirstWords.size(), end - kFirstWords.size()), ' ');
  const std::string_view rest = text.substr(end + 1);
  if (words.size() != 2 || (words[1] != kWhole && words[1] != kBytes)) return std::nullopt;
  if (words[0] != sha256_of(rest)) return std::nullopt;
  return Head{words[1] == kWhole, rest};
}

std::string path_of(const std::string& field) {
  std::optional<std::string> path = parse_path(field);
  if (!path) fail("has a path that no tree can have");
  return std::move(*path);
}

Change change_of(std::string_view line, std::uint64_t& files) {
  const std::vector<std::string> fields = split(line, ' ');
  Change change{.path = {}, .entry = {}, .existing = {}};
  const bool is_mark = fields.size() == 2 && (fields[0] == "w" || fields[0] == "o");
  if (is_mark) {
    change.kind = fields[0] == "w" ? Change::Kind::whiteout : Change::Kind::opaque;
    change.path = path_of(fields[1]);
  } else if (fields.size() == 3 && fields[0] == "h") {
    change.kind = Change::Kind::hard_link;
    change.existing = path_of(fields[1]);
    change.path = path_of(fields[2]);
  } else {
    EntryLine parsed = parse_entry(fields);
    if (parsed.mistake != nullptr) fail(parsed.mistake);
    change.entry = std::move(parsed.entry);
    change.path = std::move(parsed.path);
    if (change.entry.kind == EntryKind::file) change.file = ++files;
  }
  return change;
}

}  // namespace

std::string log_text(const Changes& changes) {
  std::string rest;
  for (const Change& change : changes) append(rest, change);
  const bool whole = std::none_of(changes.begin(), changes.end(), is_apart);
  return fmt::format("{}{} {}\n{}", kFirstWords, sha256_of(rest), whole ? kWhole : kBytes, rest);
}

Changes parse_log(std::string_view text) {
  const std::optional<Head> head = head_of(text);
  if (!head) fail("is damaged");
  Changes changes;
  std::uint64_t files = 0;
  for (std::string_view rest = head->rest; !rest.empty();) {
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) fail("does not end");
    if (changes.size() >= kMostNames) fail("has too many names");
    changes.push_back(change_of(rest.substr(0, end), files));
    rest.remove_prefix(end + 1);
  }
  return changes;
}

bool is_enough(std::string_view text) {
  const std::optional<Head> head = head_of(text);
  return head && head->whole;
}

}  // namespace devbox::image
