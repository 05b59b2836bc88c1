#include "image/upper_changes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "image/content.hpp"
#include "image/parents.hpp"
#include "image/xattr.hpp"

namespace devbox::image {
namespace {

// The mode that a box sees of what it has not written.
std::uint32_t shown_mode(const std::string& path, const Entry& entry, Below kind) {
  if (kind == Below::directory) return entry.mode;
  if (kind == Below::owned) return mode_on_disk(path, entry, Belongs::to_owner);
  // Directories by a layer that has their own (store/directories.hpp).
  return entry.kind == EntryKind::directory ? entry.mode
                                            : mode_on_disk(path, entry, Belongs::to_user);
}

// The attributes, the same way.
Xattrs shown_xattrs(const Entry& entry, Below kind) {
  return kind == Below::directory ? entry.xattrs : xattrs_on_disk(entry);
}

bool has_owner(const Entry& below, const Entry& now, Below kind) {
  if (kind == Below::pinned || below.uid == kAnyOwner) return true;
  return below.uid == now.uid && below.gid == now.gid;
}

bool has_content(const Entry& below, const Entry& now) {
  return below.size == now.size && !now.text.empty() && below.text == now.text;
}

UpperChange difference(const std::string& path, const Entry& below, const Entry& now, Below kind) {
  UpperChange change{.path = path, .kind = UpperChange::Kind::changed, .type = now.kind};
  change.size = now.kind == EntryKind::file ? now.size : 0;
  if (below.kind != now.kind) {
    change.what.push_back("type");
    return change;
  }
  if (now.kind == EntryKind::file && !has_content(below, now)) change.what.push_back("content");
  const bool is_text = now.kind == EntryKind::symlink || is_device(now.kind);
  if (is_text && below.text != now.text) change.what.push_back("target");
  const std::uint32_t mode = shown_mode(path, below, kind);
  if (now.kind != EntryKind::symlink && mode != now.mode) {
    change.what.push_back("mode");
    change.text = fmt::format("{:04o} is {:04o} now", mode, now.mode);
  }
  if (!has_owner(below, now, kind)) {
    change.what.push_back("owner");
    change.text += fmt::format("{}{}:{} is {}:{} now", change.text.empty() ? "" : ", ", below.uid,
                               below.gid, now.uid, now.gid);
  }
  if (shown_xattrs(below, kind) != now.xattrs) change.what.push_back("xattrs");
  return change;
}

// Those strictly below `path`, of a map by path.
template <class Map>
auto range_below(Map& map, const std::string& path) {
  if (path.empty()) return std::pair(map.upper_bound(""), map.end());
  return std::pair(map.lower_bound(path + '/'), map.lower_bound(path + '0'));  // '0' follows '/'
}

class Comparison {
 public:
  Comparison(const Entries& below, const Upper& upper, Below kind)
      : below_(below), upper_(upper), kind_(kind) {}

  std::vector<UpperChange> run() {
    for (const auto& [path, written] : upper_.names) {
      const auto found = below_.find(path);
      const Entry* before = found == below_.end() ? nullptr : &found->second;
      if (written.whiteout) {
        if (before != nullptr) gone(path, *before);
        continue;
      }
      look(path, before, written.entry);
      if (written.opaque) look_for_hidden(path);
    }
    std::sort(found_.begin(), found_.end(),
              [](const UpperChange& a, const UpperChange& b) { return a.path < b.path; });
    return std::move(found_);
  }

 private:
  void look(const std::string& path, const Entry* before, const Entry& now) {
    if (before == nullptr) {
      const std::uint64_t size = now.kind == EntryKind::file ? now.size : 0;
      found_.push_back(
          {.path = path, .kind = UpperChange::Kind::added, .type = now.kind, .size = size});
      return;
    }
    UpperChange change = difference(path, *before, now, kind_);
    if (!change.what.empty()) found_.push_back(std::move(change));
  }

  void gone(const std::string& path, const Entry& before) {
    found_.push_back({.path = path, .kind = UpperChange::Kind::deleted, .type = before.kind});
  }

  // Of a directory that hides what the tree has in it. In such a directory no other is a lower one.
  void look_for_hidden(const std::string& directory) {
    const auto [begin, end] = range_below(below_, directory);
    for (auto it = begin; it != end; ++it) {
      const auto& [path, entry] = *it;
      if (upper_.names.contains(path)) continue;  // looked at, or a whiteout
      const auto parent = upper_.names.find(parent_of(path));
      const bool is_topmost = parent != upper_.names.end() && !parent->second.whiteout &&
                              parent->second.entry.kind == EntryKind::directory;
      if (is_topmost) gone(path, entry);
    }
  }

  const Entries& below_;
  const Upper& upper_;
  Below kind_;
  std::vector<UpperChange> found_;
};

// As the tree is to record it.
Entry recorded(const std::string& path, const Entry* before, const Entry& now, Below kind) {
  Entry entry = now;
  if (kind != Below::owned) {
    entry.uid = before != nullptr ? before->uid : 0;
    entry.gid = before != nullptr ? before->gid : 0;
  }
  const bool is_same = before != nullptr && before->kind == now.kind &&
                       (now.kind != EntryKind::file || has_content(*before, now));
  if (!is_same) return entry;
  if (shown_mode(path, *before, kind) == now.mode) entry.mode = before->mode;
  if (shown_xattrs(*before, kind) == now.xattrs) entry.xattrs = before->xattrs;
  return entry;
}

void erase_below(Entries& entries, const std::string& path) {
  const auto [begin, end] = range_below(entries, path);
  entries.erase(begin, end);
}

}  // namespace

std::vector<std::string> of_equal_size(const Entries& below, const Upper& upper) {
  std::vector<std::string> paths;
  for (const auto& [path, written] : upper.names) {
    if (written.whiteout || written.entry.kind != EntryKind::file) continue;
    const auto found = below.find(path);
    if (found == below.end() || found->second.kind != EntryKind::file) continue;
    if (found->second.size == written.entry.size) paths.push_back(path);
  }
  return paths;
}

std::vector<UpperChange> changes(const Entries& below, const Upper& upper, Below kind) {
  return Comparison(below, upper, kind).run();
}

Merged merge(const Entries& below, const Upper& upper, Below kind) {
  Merged merged{.entries = below};
  for (const auto& [path, entry] : below)
    merged.first_written = std::max(merged.first_written, entry.inode + 1);
  // A directory comes before what is in it.
  for (const auto& [path, written] : upper.names) {
    const bool stays = !written.whiteout && written.entry.kind == EntryKind::directory;
    if (!stays || written.opaque) erase_below(merged.entries, path);
    if (written.whiteout) {
      merged.entries.erase(path);
      continue;
    }
    const auto found = below.find(path);
    Entry entry =
        recorded(path, found == below.end() ? nullptr : &found->second, written.entry, kind);
    entry.inode += merged.first_written;
    merged.entries.insert_or_assign(path, std::move(entry));
  }
  return merged;
}

}  // namespace devbox::image
