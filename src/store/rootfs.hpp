// A root filesystem on disk, as the facts that the plan needs: which of the names that the box
// wants to mount on does the tree hold, and what else is there.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace devbox::store {

enum class NodeKind { missing, directory, file, symlink, other };

struct Node {
  NodeKind kind = NodeKind::missing;
  std::string link;  // a symlink's text
};

struct Entry {
  std::string name;
  Node node;
};

// Where a path leads inside the tree, as if the tree were "/": links in its parents followed (never
// out of the tree), the last component not. A link that dangles leads to the names that are not
// there yet.
struct Place {
  std::string path;  // absolute, normal, within the tree; its parents hold no link
  Node node;         // of the last component; missing also where a parent is
  // The deepest directory of `path` that exists in the tree (`path`'s parent or above).
  std::string parent;
};

struct Rootfs {
  // The tree on the host, absolute, every link followed; "/" for the host itself.
  std::string directory;
  std::uint32_t owner = 0;              // uid of the tree's own directory
  std::map<std::string, Place> places;  // by the path that was asked
  // Of "/" and, where that was asked, of every Place::parent; sorted by name. A parent that may be
  // entered but not listed is left out where all the names that were asked of it exist: nothing is
  // known of it.
  std::map<std::string, std::vector<Entry>> listings;
  std::map<std::string, bool> programs;  // of those asked: an executable regular file in the tree
  // Of those asked, the bytes; none where there is no such file, or it is not a regular one, or is
  // longer than 1 MiB.
  std::map<std::string, std::optional<std::string>> files;
  bool has_locale = true;    // the locale that was asked for is there, or is C's
  bool has_terminfo = true;  // the tree has an entry for the TERM that was asked
  bool has_zone = false;     // and a description of the time zone
};

// Reading a directory of 150 names costs 75 to 130 µs, ten times as much as all else about a
// target, and an overlay (from 5.11) needs no list of what it lies on: `top` leaves every directory
// but "/" unread.
enum class Listings { top, parents };

struct Survey {
  std::vector<std::string> targets;   // absolute paths that the plan wants to mount on or make
  std::vector<std::string> programs;  // absolute paths of programs
  std::string locale;                 // "en_US.UTF-8"; empty: not asked
  std::string term;                   // "xterm-256color"; empty, or no plain name: not asked
  std::string zone;                   // "Europe/Berlin"; empty: not asked
  Listings listings = Listings::parents;
  std::vector<std::string> files;  // small ones to read (/etc/passwd), links followed in the tree
};

// Looks at the tree under `directory`, never above it and through no link that leads out. Throws
// Error where it is not a directory or cannot be read, where nobody can say what a target is (a
// loop of links, a directory that may not be entered, more than 255 levels), and where a file is
// there and may not be read.
Rootfs survey(const std::string& directory, const Survey& survey);

}  // namespace devbox::store
