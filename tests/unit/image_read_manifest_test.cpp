#include "image/read_manifest.hpp"

#include <doctest/doctest.h>

#include <string>

#include "host_temporary.hpp"

namespace devbox::image {
namespace {

using test::contains;
using test::error_of;

const std::string kSha(64, 'a');
const std::string kHead = "devbox-manifest 1\nd 0755 0 0 0 .\n";
const std::string kFile = "f 0644 0 0 1 5 " + kSha + " ";

TEST_CASE("what is written is read back, every kind of entry") {
  Entries entries;
  entries[""] = {.kind = EntryKind::directory, .mode = 01777, .uid = 7, .gid = 8, .text = {}};
  entries["b"] = {.kind = EntryKind::block, .mode = 0660, .text = "8:1", .inode = 1};
  entries["d"] = {.kind = EntryKind::directory, .mode = 0755, .text = {}, .inode = 2};
  entries["d/ \n\\\xff"] = {.kind = EntryKind::symlink, .mtime = -5, .text = "../x y", .inode = 3};
  entries["f"] = {.kind = EntryKind::file, .mode = 04755, .size = 9, .text = kSha, .inode = 4};
  entries["g"] = entries["f"];
  entries["l"] = {.kind = EntryKind::symlink, .mode = 0777, .text = "", .inode = 5};
  entries["p"] = {.kind = EntryKind::fifo, .mode = 0, .text = {}, .inode = 6};
  const std::string text = manifest_text(entries, Ownership::told);
  const Entries read = read_manifest(text);
  CHECK(manifest_text(read, Ownership::told) == text);
  CHECK(read.at("d/ \n\\\xff").text == "../x y");
  CHECK(read.at("f").mode == 04755);
  CHECK(read.at("f").inode == read.at("g").inode);
  CHECK(read.at("f").inode != read.at("p").inode);
}

TEST_CASE("a manifest that says what no tree can be is refused, with its line") {
  const std::string other(64, 'b');
  struct {
    std::string why, text, said;
  } const cases[] = {
      {"it is empty", "", "does not have the tree itself"},
      {"it is cut", kHead.substr(0, kHead.size() - 1), "does not end"},
      {"another format", "devbox-manifest 2\nd 0755 0 0 0 .\n", "a format that this devbox"},
      {"no tree", "devbox-manifest 1\n", "does not have the tree itself"},
      {"a tree that is a file", "devbox-manifest 1\n" + kFile + ".\n", "tree is no directory"},
      {"a file before the tree", "devbox-manifest 1\n" + kFile + "a\n", "begin with the tree"},
      {"the tree twice", kHead + "d 0755 0 0 0 .\n", "begin with the tree"},
      {"a path that climbs", kHead + kFile + "../a\n", "a path that no tree can have"},
      {"a path that climbs, hidden", kHead + kFile + "\\x2e\\x2e/a\n", "a path that no tree"},
      {"an absolute path", kHead + kFile + "/a\n", "a path that no tree can have"},
      {"a NUL in a path", kHead + kFile + "a\\x00b\n", "a path that no tree can have"},
      {"a path with a dot", kHead + kFile + "./a\n", "a path that no tree can have"},
      {"a path below a file", kHead + kFile + "a\n" + kFile + "a/b\n",
       "below what is no directory"},
      {"a path below a link", kHead + "l 0777 0 0 0 /etc a\n" + kFile + "a/b\n",
       "below what is no directory"},
      {"a path below nothing", kHead + kFile + "a/b\n", "below what is no directory"},
      {"a path twice", kHead + kFile + "a\n" + kFile + "a\n", "not sorted"},
      {"out of order", kHead + kFile + "b\n" + kFile + "a\n", "not sorted"},
      {"an unknown kind", kHead + "s 0755 0 0 0 a\n", "a kind of entry that there is not"},
      {"an empty line", kHead + "\n", "a kind of entry that there is not"},
      {"a field too many", kHead + "d 0755 0 0 0 a b\n", "another number of fields"},
      {"a field too few", kHead + "f 0644 0 0 1 5 a\n", "another number of fields"},
      {"two spaces", kHead + "d 0755 0  0 0 a\n", "another number of fields"},
      {"a mode that is none", kHead + "d 0855 0 0 0 a\n", "a field that is none"},
      {"a mode too large", kHead + "d 10755 0 0 0 a\n", "a field that is none"},
      {"a negative owner", kHead + "d 0755 -1 0 0 a\n", "a field that is none"},
      {"an owner left out", kHead + "d 0755 - - 0 a\n", "a field that is none"},
      {"a time too large", kHead + "d 0755 0 0 9223372036854775808 a\n", "a field that is none"},
      {"a size with a tail", kHead + "f 0644 0 0 1 5x " + kSha + " a\n", "a field that is none"},
      {"a short digest", kHead + "f 0644 0 0 1 5 " + kSha.substr(1) + " a\n",
       "a field that is none"},
      {"a digest that is a path", kHead + "f 0644 0 0 1 5 ../" + kSha.substr(3) + " a\n",
       "a field that is none"},
      {"a device without a number", kHead + "c 0644 0 0 1 13 a\n", "a field that is none"},
      {"an escape that is cut", kHead + kFile + "a\\x0\n", "a path that no tree can have"},
      {"another form of a path", kHead + kFile + "\\x61\n", "in the form that it must have"},
      {"another form of a mode", kHead + "d 755 0 0 0 a\n", "in the form that it must have"},
      {"another form of a number", kHead + "d 0755 00 0 0 a\n", "in the form that it must have"},
      {"a plus", kHead + "d 0755 +1 0 0 a\n", "a field that is none"},
      {"a second name of nothing", kHead + "h a b\n", "of what is no file"},
      {"a second name of a directory", kHead + "d 0755 0 0 0 a\nh a b\n", "of what is no file"},
      {"a second name before the first", kHead + kFile + "b\nh b a\n", "not sorted"},
      {"a second name of a second name", kHead + kFile + "a\nh a b\nh b c\n",
       "in the form that it must have"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.why);
    const Error error = error_of([&] { read_manifest(c.text); });
    CHECK_MESSAGE(contains(error.message(), c.said), error.message());
    CHECK(contains(error.message(), "(line "));
  }
}

}  // namespace
}  // namespace devbox::image
