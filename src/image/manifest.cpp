#include "image/manifest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <unordered_map>

namespace devbox::image {
namespace {

// Appends: a manifest has tens of thousands of lines, and is made three times for each import.
void escape(std::string& out, std::string_view text) {
  if (text.empty()) out += '.';
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

char letter(EntryKind kind) {
  constexpr std::string_view kLetters = "dflpcb";  // in the order of EntryKind
  return kLetters[static_cast<std::size_t>(kind)];
}

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

void append_middle(std::string& out, const Entry& entry) {
  switch (entry.kind) {
    case EntryKind::file:
      append(out, entry.size);
      out += entry.text;
      break;
    case EntryKind::symlink:
      escape(out, entry.text);
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

}  // namespace

std::string manifest_text(const Entries& entries, Ownership ownership) {
  std::string text = "devbox-manifest 1\n";
  std::unordered_map<std::uint64_t, const std::string*> first_names;
  for (const auto& [path, entry] : entries) {
    if (entry.kind == EntryKind::file) {
      const auto [first, is_first] = first_names.emplace(entry.inode, &path);
      if (!is_first) {
        text += "h ";
        escape(text, *first->second);
        text += ' ';
        escape(text, path);
        text += '\n';
        continue;
      }
    }
    text += letter(entry.kind);
    text += ' ';
    append_mode(text, entry.mode);
    if (ownership == Ownership::told) {
      append(text, entry.uid);
      append(text, entry.gid);
    } else {
      text += "- - ";
    }
    append(text, entry.mtime);
    append_middle(text, entry);
    escape(text, path);
    text += '\n';
  }
  return text;
}

}  // namespace devbox::image
