#include "image/manifest.hpp"

#include <unordered_map>

#include "image/manifest_line.hpp"

namespace devbox::image {

std::string manifest_text(const Entries& entries, Ownership ownership) {
  std::string text = "devbox-manifest 1\n";
  std::unordered_map<std::uint64_t, const std::string*> first_names;
  for (const auto& [path, entry] : entries) {
    if (entry.kind == EntryKind::file) {
      const auto [first, is_first] = first_names.emplace(entry.inode, &path);
      if (!is_first) {
        text += "h ";
        append_escaped(text, *first->second);
        text += ' ';
        append_escaped(text, path);
        text += '\n';
        continue;
      }
    }
    append_entry(text, path, entry, ownership);
  }
  return text;
}

}  // namespace devbox::image
