#include "image/manifest_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <span>

#include "image/member.hpp"
#include "image/xattr.hpp"

namespace devbox::image {
namespace {

constexpr std::string_view kLetters = "dflpcb";  // in the order of EntryKind

char letter(EntryKind kind) { return kLetters[static_cast<std::size_t>(kind)]; }

template <class Number>
void append(std::string& out, Number number) {
  const fmt::format_int text(number);
  out.append(text.data(), text.size());
  out += ' ';
}

void append_mode(std::string& out, std::uint32_t mode) {
  if (mode > 07777U) {
    fmt::format_to(std::back_inserter(out), "{:04o} ", mode);
    return;
  }
  for (const unsigned shift : {9U, 6U, 3U, 0U})
    out += static_cast<char>('0' + (mode >> shift & 7U));
  out += ' ';
}

void append_bytes(std::string& out, std::string_view text) {
  const auto is_plain = [](char c) { return c > 0x20 && c < 0x7f && c != '\\'; };
  while (!text.empty()) {
    const auto odd = std::find_if_not(text.begin(), text.end(), is_plain);
    const auto plain = static_cast<std::size_t>(odd - text.begin());
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) return;
    fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(text[0]));
    text.remove_prefix(1);
  }
}

void append_middle(std::string& out, const Entry& entry) {
  switch (entry.kind) {
    case EntryKind::file:
      append(out, entry.size);
      out += entry.text;
      break;
    case EntryKind::symlink:
      append_escaped(out, entry.text);
      break;
    case EntryKind::character:
    case EntryKind::block:
      out += entry.text;
      break;
    case EntryKind::directory:
    case EntryKind::fifo:
      return;
  }
  out += ' ';
}

std::optional<int> hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return std::nullopt;
}

// Of what append_bytes writes.
std::optional<std::string> bytes_of(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out += text[i];
      continue;
    }
    if (text.size() - i < 4 || text[i + 1] != 'x') return std::nullopt;
    const auto high = hex_digit(text[i + 2]);
    const auto low = hex_digit(text[i + 3]);
    if (!high || !low) return std::nullopt;
    out += static_cast<char>(*high * 16 + *low);
    i += 3;
  }
  return out;
}

template <class Number>
bool read_number(std::string_view text, Number& value, int base = 10) {
  const auto [end, err] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  return err == std::errc() && end == text.data() + text.size();
}

bool is_sha256(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_device_number(std::string_view text) {
  std::uint64_t number = 0;
  const std::size_t colon = text.find(':');
  return colon != std::string_view::npos && read_number(text.substr(0, colon), number) &&
         read_number(text.substr(colon + 1), number);
}

std::optional<EntryKind> kind_of(std::string_view letter) {
  const std::size_t at = letter.size() == 1 ? kLetters.find(letter[0]) : std::string_view::npos;
  if (at == std::string_view::npos) return std::nullopt;
  return static_cast<EntryKind>(at);
}

std::size_t middle_fields(EntryKind kind) {
  if (kind == EntryKind::file) return 2;
  return kind == EntryKind::directory || kind == EntryKind::fifo ? 0 : 1;
}

bool read_middle(const std::vector<std::string>& fields, Entry& entry) {
  switch (entry.kind) {
    case EntryKind::file:
      entry.text = fields[6];
      return read_number(fields[5], entry.size) && is_sha256(entry.text);
    case EntryKind::symlink: {
      // Not unescaped(): there is no link to nothing, and one to "." there is.
      std::optional<std::string> text = bytes_of(fields[5]);
      if (text) entry.text = std::move(*text);
      return !entry.text.empty() && entry.text.find('\0') == std::string::npos;
    }
    case EntryKind::character:
    case EntryKind::block:
      entry.text = fields[5];
      return is_device_number(entry.text);
    case EntryKind::directory:
    case EntryKind::fifo:
      break;
  }
  return true;
}

bool is_xattr(std::string_view field) { return field.find('=') != std::string_view::npos; }

// NAME=VALUE.
bool read_xattr(std::string_view field, Xattrs& xattrs) {
  const std::size_t equals = field.find('=');
  std::optional<std::string> name = bytes_of(field.substr(0, equals));
  std::optional<std::string> value = bytes_of(field.substr(equals + 1));
  if (!name || !value) return false;
  xattrs.push_back({std::move(*name), std::move(*value)});
  return true;
}

bool read_xattrs(std::span<const std::string> fields, Entry& entry) {
  if (fields.size() > kMostXattrs) return false;
  for (const std::string& field : fields) {
    if (!read_xattr(field, entry.xattrs)) return false;
  }
  return are_recorded(entry.kind, entry.xattrs);
}

}  // namespace

void append_escaped(std::string& out, std::string_view text) {
  if (text.empty()) out += '.';
  append_bytes(out, text);
}

std::optional<std::string> unescaped(std::string_view text) {
  return text == "." ? "" : bytes_of(text);
}

void append_entry(std::string& out, std::string_view path, const Entry& entry,
                  Ownership ownership) {
  out += letter(entry.kind);
  out += ' ';
  append_mode(out, entry.mode);
  if (ownership == Ownership::told) {
    append(out, entry.uid);
    append(out, entry.gid);
  } else {
    out += "- - ";
  }
  append(out, entry.mtime);
  append_middle(out, entry);
  append_escaped(out, path);
  for (const auto& [name, value] : entry.xattrs) {
    out += ' ';
    append_bytes(out, name);
    out += '=';
    append_bytes(out, value);
  }
  out += '\n';
}

std::optional<std::string> parse_path(std::string_view field) {
  std::optional<std::string> path = unescaped(field);
  if (!path || member_path(*path) != *path) return std::nullopt;
  return path;
}

EntryLine parse_entry(const std::vector<std::string>& fields) {
  EntryLine line;
  const std::optional<EntryKind> kind = kind_of(fields[0]);
  if (!kind) {
    line.mistake = "has a kind of entry that there is not";
    return line;
  }
  Entry& entry = line.entry;
  entry.kind = *kind;
  const std::size_t path_at = 5 + middle_fields(*kind);
  const bool is_whole = fields.size() > path_at;
  const auto xattrs = std::span(fields).subspan(is_whole ? path_at + 1 : fields.size());
  if (!is_whole || !std::all_of(xattrs.begin(), xattrs.end(), is_xattr)) {
    line.mistake = "has another number of fields";
    return line;
  }
  if (!read_number(fields[1], entry.mode, 8) || entry.mode > 07777U ||
      !read_number(fields[2], entry.uid) || !read_number(fields[3], entry.gid) ||
      !read_number(fields[4], entry.mtime) || !read_middle(fields, entry)) {
    line.mistake = "has a field that is none";
    return line;
  }
  if (!read_xattrs(xattrs, entry)) {
    line.mistake = "has an extended attribute that no tree has";
    return line;
  }
  std::optional<std::string> path = parse_path(fields[path_at]);
  if (!path) line.mistake = "has a path that no tree can have";
  if (path) line.path = std::move(*path);
  return line;
}

}  // namespace devbox::image
