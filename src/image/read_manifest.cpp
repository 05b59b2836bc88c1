#include "image/read_manifest.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <vector>

#include "image/member.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace devbox::image {
namespace {

constexpr std::string_view kFirstLine = "devbox-manifest 1";

std::optional<int> hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return std::nullopt;
}

// Of what manifest_text writes; whether it would write just this is seen at the end.
std::optional<std::string> unescaped(std::string_view text) {
  if (text == ".") return "";
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
  constexpr std::string_view kLetters = "dflpcb";  // in the order of EntryKind
  const std::size_t at = letter.size() == 1 ? kLetters.find(letter[0]) : std::string_view::npos;
  if (at == std::string_view::npos) return std::nullopt;
  return static_cast<EntryKind>(at);
}

class Reader {
 public:
  Entries read(std::string_view text) {
    if (text.size() > kMostManifest) fail("is longer than 1 GiB");
    for (std::string_view rest = text; !rest.empty();) {
      const std::size_t end = rest.find('\n');
      if (end == std::string_view::npos) fail("does not end");
      ++line_;
      add(rest.substr(0, end));
      rest.remove_prefix(end + 1);
    }
    if (entries_.empty() || !entries_.begin()->first.empty()) fail("does not have the tree itself");
    if (manifest_text(entries_, Ownership::told) != text)
      fail("is not in the form that it must have");
    return std::move(entries_);
  }

 private:
  [[noreturn]] void fail(std::string_view what) const {
    throw Error(fmt::format("the manifest of the tree {} (line {})", what, line_),
                "the tree is damaged; `devbox image verify --repair` unpacks it anew");
  }

  void add(std::string_view line) {
    if (line_ == 1) {
      if (line != kFirstLine) fail("has a format that this devbox does not know");
      return;
    }
    const std::vector<std::string> fields = split(line, ' ');
    if (fields[0] == "h") return add_name(fields);
    const std::optional<EntryKind> kind = kind_of(fields[0]);
    if (!kind) fail("has a kind of entry that there is not");
    Entry entry{.kind = *kind, .text = {}};
    const std::size_t middle = fields.size() < 6 ? 0 : fields.size() - 6;
    if (fields.size() < 6 || middle != middle_fields(*kind)) fail("has another number of fields");
    if (!read_number(fields[1], entry.mode, 8) || entry.mode > 07777U ||
        !read_number(fields[2], entry.uid) || !read_number(fields[3], entry.gid) ||
        !read_number(fields[4], entry.mtime) || !read_middle(fields, entry))
      fail("has a field that is none");
    std::string path = path_of(fields.back());
    if (path.empty() != entries_.empty()) fail("does not begin with the tree itself");
    if (path.empty() && *kind != EntryKind::directory) fail("says that the tree is no directory");
    entry.inode = entries_.size();
    insert(std::move(path), std::move(entry));
  }

  static std::size_t middle_fields(EntryKind kind) {
    if (kind == EntryKind::file) return 2;
    return kind == EntryKind::directory || kind == EntryKind::fifo ? 0 : 1;
  }

  static bool read_middle(const std::vector<std::string>& fields, Entry& entry) {
    switch (entry.kind) {
      case EntryKind::file:
        entry.text = fields[6];
        return read_number(fields[5], entry.size) && is_sha256(entry.text);
      case EntryKind::symlink: {
        std::optional<std::string> text = unescaped(fields[5]);
        if (text) entry.text = std::move(*text);
        return text && entry.text.find('\0') == std::string::npos;
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

  void add_name(const std::vector<std::string>& fields) {
    if (fields.size() != 3) fail("has another number of fields");
    const auto first = entries_.find(path_of(fields[1]));
    if (first == entries_.end() || first->second.kind != EntryKind::file)
      fail("has a second name of what is no file");
    insert(path_of(fields[2]), first->second);
  }

  std::string path_of(std::string_view field) const {
    std::optional<std::string> path = unescaped(field);
    if (!path || member_path(*path) != *path) fail("has a path that no tree can have");
    return std::move(*path);
  }

  void insert(std::string path, Entry entry) {
    const std::size_t slash = path.rfind('/');
    const auto parent = entries_.find(slash == std::string::npos ? "" : path.substr(0, slash));
    if (!path.empty() && (parent == entries_.end() || parent->second.kind != EntryKind::directory))
      fail("has a path below what is no directory");
    if (!entries_.empty() && path <= entries_.rbegin()->first) fail("is not sorted by path");
    entries_.emplace_hint(entries_.end(), std::move(path), std::move(entry));
  }

  Entries entries_;
  std::size_t line_ = 0;
};

}  // namespace

Entries read_manifest(std::string_view text) { return Reader().read(text); }

}  // namespace devbox::image
