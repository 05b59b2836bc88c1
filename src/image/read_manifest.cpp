#include "image/read_manifest.hpp"

#include <fmt/format.h>

#include <optional>
#include <vector>

#include "image/manifest_line.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace devbox::image {
namespace {

constexpr std::string_view kFirstLine = "devbox-manifest 1";

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
    EntryLine parsed = parse_entry(fields);
    if (parsed.mistake != nullptr) fail(parsed.mistake);
    Entry& entry = parsed.entry;
    std::string& path = parsed.path;
    if (path.empty() != entries_.empty()) fail("does not begin with the tree itself");
    if (path.empty() && entry.kind != EntryKind::directory)
      fail("says that the tree is no directory");
    entry.inode = entries_.size();
    insert(std::move(path), std::move(entry));
  }

  void add_name(const std::vector<std::string>& fields) {
    if (fields.size() != 3) fail("has another number of fields");
    const auto first = entries_.find(path_of(fields[1]));
    if (first == entries_.end() || first->second.kind != EntryKind::file)
      fail("has a second name of what is no file");
    insert(path_of(fields[2]), first->second);
  }

  std::string path_of(std::string_view field) const {
    std::optional<std::string> path = parse_path(field);
    if (!path) fail("has a path that no tree can have");
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
