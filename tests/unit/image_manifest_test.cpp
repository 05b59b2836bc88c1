#include "image/manifest.hpp"

#include <doctest/doctest.h>

#include <string>

namespace devbox::image {
namespace {

Entry file(std::uint64_t inode) {
  return {.kind = EntryKind::file,
          .mode = 04755,
          .uid = 1,
          .gid = 2,
          .mtime = 3,
          .size = 4,
          .text = "abcd",
          .inode = inode};
}

TEST_CASE("each kind of entry has its line") {
  Entries entries;
  entries[""] = {.kind = EntryKind::directory, .mode = 01777, .uid = 7, .gid = 8, .text = {}};
  entries["b"] = {.kind = EntryKind::block, .mode = 0660, .gid = 6, .text = "8:1", .inode = 1};
  entries["c"] = {.kind = EntryKind::character, .mode = 0666, .text = "1:3", .inode = 2};
  entries["f"] = file(3);
  entries["l"] = {.kind = EntryKind::symlink, .mode = 0777, .mtime = -5, .text = "../x y"};
  entries["p"] = {.kind = EntryKind::fifo, .mode = 0, .text = {}, .inode = 4};
  CHECK(manifest_text(entries, Ownership::told) ==
        "devbox-manifest 1\n"
        "d 1777 7 8 0 .\n"
        "b 0660 0 6 0 8:1 b\n"
        "c 0666 0 0 0 1:3 c\n"
        "f 4755 1 2 3 4 abcd f\n"
        "l 0777 0 0 -5 ../x\\x20y l\n"
        "p 0000 0 0 0 p\n");
}

TEST_CASE("without ownership only who owns an entry is left out") {
  Entries entries;
  entries["f"] = file(1);
  CHECK(manifest_text(entries, Ownership::left_out) ==
        "devbox-manifest 1\nf 4755 - - 3 4 abcd f\n");
}

TEST_CASE("the other names of a file refer to its first in the order of names") {
  Entries entries;
  entries["a"] = file(1);
  entries["b/c"] = file(1);
  entries["b/d"] = file(2);
  entries["e"] = file(1);
  CHECK(manifest_text(entries, Ownership::told) ==
        "devbox-manifest 1\n"
        "f 4755 1 2 3 4 abcd a\n"
        "h a b/c\n"
        "f 4755 1 2 3 4 abcd b/d\n"
        "h a e\n");
}

TEST_CASE("no name can end its line or be taken for two fields") {
  struct {
    std::string why;
    std::string name, written;
  } const cases[] = {
      {"a newline would begin an entry", "a\nf 0644", "a\\x0af\\x200644"},
      {"a space would begin a field", "a b", "a\\x20b"},
      {"a backslash would begin an escape", "a\\x20b", "a\\x5cx20b"},
      {"an escape sequence", "\x1b[2J", "\\x1b[2J"},
      {"bytes that are not UTF-8", "\xff", "\\xff"},
      {"UTF-8, as its bytes", "\xc3\xa9", "\\xc3\\xa9"},
      {"DEL", "\x7f", "\\x7f"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.why);
    Entries entries;
    entries[c.name] = {.kind = EntryKind::fifo, .mode = 0600, .text = {}};
    CHECK(manifest_text(entries, Ownership::told) ==
          "devbox-manifest 1\np 0600 0 0 0 " + c.written + "\n");
  }
}

TEST_CASE("names are sorted by their bytes, not by their components") {
  Entries entries;
  for (const char* name : {"a", "a/b", "a-b", "a.b", "\xc3\xa9", "z"})
    entries[name] = {.kind = EntryKind::directory, .mode = 0755, .text = {}};
  CHECK(manifest_text(entries, Ownership::told) ==
        "devbox-manifest 1\n"
        "d 0755 0 0 0 a\nd 0755 0 0 0 a-b\nd 0755 0 0 0 a.b\nd 0755 0 0 0 a/b\n"
        "d 0755 0 0 0 z\nd 0755 0 0 0 \\xc3\\xa9\n");
}

}  // namespace
}  // namespace devbox::image
