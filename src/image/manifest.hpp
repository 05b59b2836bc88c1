// What a tree holds, entry by entry: what its digest is taken of, and what `verify` compares.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace devbox::image {

enum class EntryKind : unsigned char { directory, file, symlink, fifo, character, block };

constexpr bool is_device(EntryKind kind) {
  return kind == EntryKind::character || kind == EntryKind::block;
}

// An extended attribute; image/xattr.hpp says which there can be.
struct Xattr {
  std::string name;
  std::string value;  // any bytes
  auto operator<=>(const Xattr&) const = default;
};
using Xattrs = std::vector<Xattr>;  // sorted by name, each name once

struct Entry {
  EntryKind kind = EntryKind::directory;
  std::uint32_t mode = 0;  // permission bits, with setuid, setgid and sticky
  std::uint64_t uid = 0;
  std::uint64_t gid = 0;
  std::int64_t mtime = 0;   // seconds since 1970
  std::uint64_t size = 0;   // bytes of a file
  std::string text;         // a file's SHA-256 in hex; a link's text; a device's "MAJOR:MINOR"
  std::uint64_t inode = 0;  // the same number for the names of one file, and for no other
  Xattrs xattrs = Xattrs();
};

// By path relative to the tree, without a leading slash; the tree itself is "". Sorted by bytes.
using Entries = std::map<std::string, Entry>;

// Whether the digest says who owns each entry. A user with one id cannot have a tree with others'.
enum class Ownership { told, left_out };

// One line an entry, sorted by path, fields between single spaces:
//
//   d MODE UID GID MTIME PATH
//   f MODE UID GID MTIME SIZE SHA256 PATH
//   h PATH OF-THE-FIRST-NAME PATH             another name of a file
//   l MODE UID GID MTIME TEXT PATH
//   p MODE UID GID MTIME PATH                 a FIFO
//   c, b MODE UID GID MTIME MAJOR:MINOR PATH  devices, which the tree on disk does not have
//
// MODE in octal. Bytes outside 0x21 to 0x7e, and `\`, are written `\xHH`; an empty path is `.`. The
// first line names the format. The line of what has extended attributes goes on after PATH, with
// NAME=VALUE for each, sorted by name; without any it is as it was before there were these.
std::string manifest_text(const Entries& entries, Ownership ownership);

}  // namespace devbox::image
