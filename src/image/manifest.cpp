#include "image/manifest.hpp"

#include <fmt/format.h>

#include <iterator>

namespace devbox::image {
namespace {

std::string escaped(std::string_view text) {
  if (text.empty()) return ".";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte < 0x7f && c != '\\') {
      out += c;
    } else {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", byte);
    }
  }
  return out;
}

char letter(EntryKind kind) {
  constexpr std::string_view kLetters = "dflpcb";  // in the order of EntryKind
  return kLetters[static_cast<std::size_t>(kind)];
}

std::string middle(const Entry& entry) {
  switch (entry.kind) {
    case EntryKind::file:
      return fmt::format("{} {} ", entry.size, entry.text);
    case EntryKind::symlink:
      return escaped(entry.text) + " ";
    case EntryKind::character:
    case EntryKind::block:
      return entry.text + " ";
    case EntryKind::directory:
    case EntryKind::fifo:
      break;
  }
  return {};
}

}  // namespace

std::string manifest_text(const Entries& entries, Ownership ownership) {
  std::string text = "devbox-manifest 1\n";
  std::map<std::uint64_t, const std::string*> first_names;
  for (const auto& [path, entry] : entries) {
    if (entry.kind == EntryKind::file) {
      const auto [first, is_first] = first_names.emplace(entry.inode, &path);
      if (!is_first) {
        text += fmt::format("h {} {}\n", escaped(*first->second), escaped(path));
        continue;
      }
    }
    const std::string owner = ownership == Ownership::told
                                  ? fmt::format("{} {}", entry.uid, entry.gid)
                                  : std::string("- -");
    text += fmt::format("{} {:04o} {} {} {}{}\n", letter(entry.kind), entry.mode, owner,
                        entry.mtime, middle(entry), escaped(path));
  }
  return text;
}

}  // namespace devbox::image
