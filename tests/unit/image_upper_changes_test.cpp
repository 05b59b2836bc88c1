#include "image/upper_changes.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>
#include <vector>

namespace devbox::image {
namespace {

Entry directory(std::uint32_t mode = 0755) {
  return {.kind = EntryKind::directory, .mode = mode, .text = {}};
}
Entry file(std::string digest, std::uint32_t mode = 0644, std::uint64_t size = 5) {
  return {.kind = EntryKind::file, .mode = mode, .size = size, .text = std::move(digest)};
}
Entry symlink(std::string text) {
  return {.kind = EntryKind::symlink, .mode = 0777, .text = std::move(text)};
}

// A tree with a setuid program, whose files belong to several.
Entries tree() {
  Entries entries = {
      {"", directory()},        {"bin", directory()},       {"bin/su", file("su", 04755)},
      {"etc", directory()},     {"etc/conf", file("conf")}, {"etc/d", directory(0700)},
      {"etc/d/a", file("a")},   {"etc/d/sub", directory()}, {"etc/d/sub/x", file("x")},
      {"etc-old", file("old")}, {"link", symlink("etc")}};
  std::uint64_t inode = 0;
  for (auto& [path, entry] : entries) entry.inode = ++inode;
  entries["bin/su"].gid = 42;
  entries["bin/su"].xattrs = {{"security.capability", "caps"}};
  return entries;
}

class Box {
 public:
  Box() { upper.names[""].entry = directory(); }
  Box& put(const std::string& path, Entry entry) {
    entry.inode = ++inodes_;
    entry.mtime = 77;
    upper.names[path].entry = std::move(entry);
    return *this;
  }
  Box& whiteout(const std::string& path) {
    upper.names[path].whiteout = true;
    return *this;
  }
  Box& opaque(const std::string& path, std::uint32_t mode = 0755) {
    put(path, directory(mode));
    upper.names[path].opaque = true;
    return *this;
  }

  // "C etc/conf content mode", "A new", "D gone".
  std::vector<std::string> said(Below kind = Below::pinned) const {
    std::vector<std::string> lines;
    for (const UpperChange& change : changes(tree(), upper, kind)) {
      const char letter = "ACD"[static_cast<int>(change.kind)];
      std::string line = fmt::format("{} {}", letter, change.path);
      for (const char* what : change.what) line += fmt::format(" {}", what);
      lines.push_back(line);
    }
    return lines;
  }
  Merged merged(Below kind = Below::pinned) const { return merge(tree(), upper, kind); }

  Upper upper;

 private:
  std::uint64_t inodes_ = 0;
};

using Lines = std::vector<std::string>;

TEST_CASE("what is only copied up, or has another time, is no change") {
  Box box;
  box.put("etc", directory()).put("etc/conf", file("conf")).put("bin", directory());
  box.put("bin/su", file("su", 0755));  // as it is on disk, without the bit and the capability
  CHECK(box.said().empty());
  CHECK(box.put("link", symlink("etc")).said().empty());
}

TEST_CASE("each kind of change is told by what it is") {
  Box box;
  box.put("etc", directory(0711)).put("etc/conf", file("other")).put("etc/new", file("", 0600, 9));
  box.put("bin", directory()).put("bin/su", file("su", 04755)).put("link", symlink("bin"));
  box.whiteout("etc/d").put("etc-old", directory());
  CHECK(box.said() == Lines{"C bin/su mode", "C etc mode", "C etc-old type", "C etc/conf content",
                            "D etc/d", "A etc/new", "C link target"});
}

TEST_CASE("a file of another size, or of the same without a digest, has another content") {
  Box box;
  box.put("etc", directory()).put("etc/conf", file("", 0644, 6));
  CHECK(box.said() == Lines{"C etc/conf content"});
  CHECK(of_equal_size(tree(), box.upper).empty());
  box.put("etc/conf", file("", 0644, 5));
  CHECK(box.said() == Lines{"C etc/conf content"});
  CHECK(of_equal_size(tree(), box.upper) == Lines{"etc/conf"});
}

TEST_CASE("a directory that was removed and made again hides all of the tree that it lacks") {
  Box box;
  box.put("etc", directory()).opaque("etc/d", 0700).put("etc/d/sub", directory());
  // etc/d/sub is no lower directory there, though nothing says so of itself.
  CHECK(box.said() == Lines{"D etc/d/a", "D etc/d/sub/x"});
  box.put("etc/d/a", file("a"));
  CHECK(box.said() == Lines{"D etc/d/sub/x"});
  Box whole;
  whole.opaque("etc");
  CHECK(whole.said() == Lines{"D etc/conf", "D etc/d"});  // and not etc-old
}

TEST_CASE("a whiteout of what the tree does not have is nothing") {
  CHECK(Box().whiteout("was-made-and-removed").said().empty());
}

TEST_CASE("owners are compared where files have them, but for what devbox generates") {
  Box box;
  box.put("etc", directory());
  Entry conf = file("conf");
  conf.uid = 7;
  box.put("etc/conf", conf);
  CHECK(box.said().empty());
  CHECK(box.said(Below::owned) == Lines{"C etc/conf owner"});
  Entries below = tree();
  below["etc/conf"].uid = below["etc/conf"].gid = kAnyOwner;
  CHECK(changes(below, box.upper, Below::owned).empty());
}

TEST_CASE("both together are what the box saw, nothing of what it removed") {
  Box box;
  box.put("etc", directory()).opaque("etc/d").put("etc/d/sub", directory());
  box.put("etc/d/sub/y", file("y")).whiteout("etc-old").put("link", file("no link now"));
  const Merged merged = box.merged();
  Lines paths;
  for (const auto& [path, entry] : merged.entries) paths.push_back(path);
  CHECK(paths ==
        Lines{"", "bin", "bin/su", "etc", "etc/conf", "etc/d", "etc/d/sub", "etc/d/sub/y", "link"});
  CHECK(merged.entries.at("etc/conf").inode < merged.first_written);
  CHECK(merged.entries.at("link").inode >= merged.first_written);
  CHECK(merged.entries.at("etc/d/sub/y").mtime == 77);
}

TEST_CASE("a directory in the place of a file, and back, takes what is below with it") {
  Box box;
  box.put("etc-old", directory()).put("etc-old/x", file("x")).put("etc", file("no directory"));
  const Entries entries = box.merged().entries;
  CHECK(entries.contains("etc-old/x"));
  CHECK_FALSE(entries.contains("etc/conf"));
  CHECK_FALSE(entries.contains("etc/d/sub/x"));
}

TEST_CASE("what is recorded and not applied stays with a file that is as it was") {
  Box same;
  same.put("bin", directory()).put("bin/su", file("su", 0755));
  CHECK(same.merged().entries.at("bin/su").mode == 04755);
  CHECK(same.merged().entries.at("bin/su").xattrs.size() == 1);
  Box another;  // written to, which takes both away (chown(2), write(2))
  another.put("bin", directory()).put("bin/su", file("new", 0755));
  CHECK(another.merged().entries.at("bin/su").mode == 0755);
  CHECK(another.merged().entries.at("bin/su").xattrs.empty());
  Box changed;
  changed.put("bin", directory()).put("bin/su", file("su", 0700));
  CHECK(changed.merged().entries.at("bin/su").mode == 0700);
}

TEST_CASE("without owners the tree's own stay, and what is new is root's") {
  Box box;
  Entry mine = file("mine");
  mine.uid = mine.gid = 1000;
  Entry su = file("new", 0755);
  su.uid = su.gid = 1000;
  box.put("bin", directory()).put("bin/su", su).put("mine", mine);
  CHECK(box.merged().entries.at("bin/su").gid == 42);
  CHECK(box.merged().entries.at("mine").uid == 0);
  CHECK(box.merged(Below::owned).entries.at("bin/su").gid == 1000);
  CHECK(box.merged(Below::owned).entries.at("mine").uid == 1000);
}

TEST_CASE("two names of one file in the upper are one in the tree") {
  Box box;
  box.put("one", file("x")).put("two", file("x"));
  box.upper.names["two"].entry.inode = box.upper.names["one"].entry.inode;
  const Entries entries = box.merged().entries;
  CHECK(entries.at("one").inode == entries.at("two").inode);
  CHECK(entries.at("one").inode != entries.at("etc/conf").inode);
}

}  // namespace
}  // namespace devbox::image
