#include "image/share.hpp"

#include <doctest/doctest.h>
#include <sys/xattr.h>

#include <cerrno>
#include <string>

#include "image/read_manifest.hpp"
#include "image/verify.hpp"
#include "image_unpacking.hpp"

namespace devbox::image {
namespace {

using test::Tar;
using test::TemporaryDirectory;

// Trees, and what they share, below one directory.
class Trees {
 public:
  Trees() {
    here_.directory("pool");
    here_.directory("scratch");
  }

  // Unpacks it as `name` and shares its files with those before.
  Shared add(const std::string& name, const Tar& tar) {
    unpack(name, tar);
    return share(name);
  }

  void unpack(const std::string& name, const Tar& tar) {
    here_.directory(name);
    const test::Stream stream(tar.ended());
    const Fd root = open(name);
    FileWriter files;
    entries_[name] = image::unpack(stream.fd(), root.get(), std::nullopt, files,
                                   [](std::uint64_t, std::uint64_t) {})
                         .entries;
  }

  Shared share(const std::string& name) const {
    const Fd root = open(name);
    const Fd pool = open("pool");
    const Fd scratch = open("scratch");
    const Shared shared =
        image::share({.root = root.get(), .pool = pool.get(), .scratch = scratch.get()},
                     read_manifest(manifest_text(entries_.at(name), Ownership::told)));
    CHECK(std::filesystem::is_empty(here_.at("scratch")));
    return shared;
  }

  // Whether it is what its archive said.
  bool is_whole(const std::string& name) const {
    return verify(open(name).get(),
                  read_manifest(manifest_text(entries_.at(name), Ownership::told)),
                  Belongs::to_user, [](std::uint64_t) {})
        .differences.empty();
  }

  struct stat status(const std::string& path) const {
    struct stat st {};
    CAPTURE(path);
    REQUIRE(::lstat(here_.at(path).c_str(), &st) == 0);
    return st;
  }
  bool are_one(const std::string& a, const std::string& b) const {
    return status(a).st_ino == status(b).st_ino;
  }
  std::string at(const std::string& path) const { return here_.at(path); }

  // Where the pool has the file whose name begins so.
  std::string pooled(const std::string& name) const {
    for (const auto& part : std::filesystem::recursive_directory_iterator(here_.at("pool"))) {
      if (part.is_regular_file() &&
          are_one(part.path().string().substr(here_.path().size() + 1), name))
        return part.path().string();
    }
    return "";
  }

 private:
  Fd open(const std::string& name) const {
    Fd fd(::open(here_.at(name).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    REQUIRE(fd);
    return fd;
  }

  TemporaryDirectory here_;
  std::map<std::string, Entries> entries_;
};

// As cp and dd change what they write to: whatever its mode.
void overwrite(const std::string& path, std::string_view bytes) {
  struct stat st {};
  REQUIRE(::stat(path.c_str(), &st) == 0);
  REQUIRE(::chmod(path.c_str(), 0600) == 0);
  {
    const Fd fd(::open(path.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC));
    REQUIRE(::write(fd.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  }
  REQUIRE(::chmod(path.c_str(), st.st_mode) == 0);
  const struct timespec times[] = {st.st_mtim, st.st_mtim};
  REQUIRE(::utimensat(AT_FDCWD, path.c_str(), times, 0) == 0);
}

TEST_CASE("a file with the same content, mode and time is one inode in two trees") {
  Trees trees;
  const auto tar = [](const char* own) {
    return Tar().directory("d", 0755).file("d/same", "same").file("d/own", own);
  };
  CHECK(trees.add("a", tar("1")).taken == 0);
  const Shared shared = trees.add("b", tar("2"));
  CHECK(shared.taken == 1);
  CHECK(shared.taken_bytes == 4);
  CHECK(trees.are_one("a/d/same", "b/d/same"));
  CHECK_FALSE(trees.are_one("a/d/own", "b/d/own"));
  CHECK(trees.is_whole("a"));
  CHECK(trees.is_whole("b"));
  CHECK(trees.add("c", tar("1")).taken == 2);
  CHECK(trees.are_one("a/d/own", "c/d/own"));
}

TEST_CASE("files that differ in content, mode or time are not shared") {
  Trees trees;
  trees.add("a", Tar().member({.name = "f", .bytes = "x", .mode = 0644, .mtime = 5}));
  trees.add("content", Tar().member({.name = "f", .bytes = "y", .mode = 0644, .mtime = 5}));
  trees.add("mode", Tar().member({.name = "f", .bytes = "x", .mode = 0600, .mtime = 5}));
  trees.add("time", Tar().member({.name = "f", .bytes = "x", .mode = 0644, .mtime = 6}));
  for (const char* other : {"content", "mode", "time"}) {
    CAPTURE(other);
    CHECK_FALSE(trees.are_one("a/f", std::string(other) + "/f"));
    CHECK(trees.is_whole(other));
  }
}

TEST_CASE("setuid is not applied, and so does not part two files") {
  Trees trees;
  trees.add("a", Tar().file("f", "x", 04755));
  trees.add("b", Tar().file("f", "x", 0755));
  CHECK(trees.are_one("a/f", "b/f"));
  CHECK((trees.status("b/f").st_mode & 07777U) == 0755);
}

Tar with_xattr(const std::string& name, const std::string& value) {
  Tar tar;
  tar.pax({{"SCHILY.xattr." + name, value}}).file("f", "x");
  return tar;
}

TEST_CASE("files are shared where their extended attributes on disk are the same, and only there") {
  Trees trees;
  trees.add("a", with_xattr("user.a", "1"));
  trees.add("same", with_xattr("user.a", "1"));
  trees.add("value", with_xattr("user.a", "2"));
  trees.add("name", with_xattr("user.b", "1"));
  trees.add("none", Tar().file("f", "x"));
  trees.add("recorded", with_xattr("security.capability", "1"));  // and not applied
  CHECK(trees.are_one("a/f", "same/f"));
  for (const char* other : {"value", "name", "none"}) {
    CAPTURE(other);
    CHECK_FALSE(trees.are_one("a/f", std::string(other) + "/f"));
  }
  CHECK(trees.are_one("none/f", "recorded/f"));
  for (const char* tree : {"a", "same", "value", "name", "none", "recorded"})
    CHECK(trees.is_whole(tree));
}

TEST_CASE("a file of the pool whose extended attributes were changed is not taken") {
  Trees trees;
  trees.add("a", with_xattr("user.a", "1"));
  if (::setxattr(trees.at("a/f").c_str(), "user.a", "2", 1, 0) < 0) return;  // there are none here
  CHECK_FALSE(trees.is_whole("a"));
  CHECK(trees.add("b", with_xattr("user.a", "1")).damaged == 1);
  CHECK(trees.is_whole("b"));
  CHECK_FALSE(trees.are_one("a/f", "b/f"));
}

TEST_CASE("two equal files of one tree stay two, and each is shared with the other tree's") {
  Trees trees;
  const Tar tar = Tar().file("f", "same").file("g", "same");
  trees.add("a", tar);
  CHECK(trees.add("b", tar).taken == 2);
  for (const char* tree : {"a", "b"})
    CHECK_FALSE(trees.are_one(std::string(tree) + "/f", std::string(tree) + "/g"));
  CHECK(trees.are_one("a/f", "b/f"));
  CHECK(trees.are_one("a/g", "b/g"));
}

TEST_CASE("what the image links is linked in each tree, and only there") {
  Trees trees;
  trees.add("a", Tar().file("f", "same"));
  trees.add("b", Tar().file("f", "same").hard_link("g", "f").directory("d").hard_link("d/h", "f"));
  trees.add("c", Tar().file("f", "same"));
  for (const char* name : {"a/f", "b/f", "b/g", "b/d/h", "c/f"}) CHECK(trees.are_one("a/f", name));
  CHECK(trees.status("a/f").st_nlink == 6);
  CHECK(trees.is_whole("b"));
}

TEST_CASE("an empty file, and one that cannot be read, are not shared") {
  Trees trees;
  const Tar tar = Tar().file("empty").file("secret", "x", 0000);
  trees.add("a", tar);
  CHECK(trees.add("b", tar).taken == 0);
  CHECK(trees.status("b/empty").st_nlink == 1);
  CHECK(trees.status("b/secret").st_nlink == 1);
}

TEST_CASE("a file of the pool that is damaged is not taken, and is replaced") {
  Trees trees;
  const Tar tar = Tar().file("f", "right");
  trees.add("a", tar);
  overwrite(trees.at("a/f"), "wrong");
  const Shared shared = trees.add("b", tar);
  CHECK(shared.damaged == 1);
  CHECK(shared.taken == 0);
  CHECK_FALSE(trees.is_whole("a"));
  CHECK(trees.is_whole("b"));
  CHECK(trees.pooled("a/f") == "");
  CHECK(trees.pooled("b/f") != "");
  SUBCASE("from which the other tree is mended") {
    CHECK(trees.share("a").taken == 1);
    CHECK(trees.is_whole("a"));
    CHECK(trees.are_one("a/f", "b/f"));
  }
}

TEST_CASE("a damaged file whose tree alone has it goes from the pool") {
  Trees trees;
  trees.add("a", Tar().file("f", "right"));
  overwrite(trees.at("a/f"), "wrong");
  CHECK(trees.share("a").damaged == 1);
  CHECK(trees.pooled("a/f") == "");
}

TEST_CASE("a file that a tree has lost comes back from the pool") {
  Trees trees;
  const Tar tar = Tar().directory("d").file("d/f", "x");
  trees.add("a", tar);
  trees.add("b", tar);
  REQUIRE(::chmod(trees.at("a/d").c_str(), 0700) == 0);
  REQUIRE(::unlink(trees.at("a/d/f").c_str()) == 0);
  CHECK(trees.share("a").taken == 1);
  CHECK(trees.is_whole("a"));
}

TEST_CASE("of equal files the one that a tree lacks is had from the pool, which has no more") {
  Trees trees;
  trees.add("a", Tar().file("only", "same"));
  trees.unpack("b", Tar().file("here", "same").file("lost", "same"));
  REQUIRE(::chmod(trees.at("b").c_str(), 0700) == 0);
  REQUIRE(::unlink(trees.at("b/lost").c_str()) == 0);
  trees.share("b");
  CHECK(trees.is_whole("b"));
  CHECK(trees.are_one("a/only", "b/lost"));
  CHECK_FALSE(trees.are_one("b/here", "b/lost"));
}

TEST_CASE("a second time nothing changes") {
  Trees trees;
  const Tar tar = Tar().directory("d").file("d/f", "x").hard_link("d/g", "d/f");
  trees.add("a", tar);
  trees.add("b", tar);
  CHECK(trees.share("b").taken == 0);
  CHECK(trees.is_whole("b"));
  CHECK(trees.status("b/d/f").st_nlink == 5);
}

TEST_CASE("a link in the pool or in the tree leads nowhere") {
  Trees trees;
  const Tar tar = Tar().directory("d").file("d/f", "x");
  trees.add("a", tar);
  const std::string pooled = trees.pooled("a/d/f");
  std::filesystem::create_directory(trees.at("outside"));
  SUBCASE("a directory of the pool") {
    const std::string part = std::filesystem::path(pooled).parent_path().string();
    std::filesystem::remove_all(part);
    std::filesystem::create_directory_symlink(trees.at("outside"), part);
    CHECK(trees.add("b", tar).taken == 0);
  }
  SUBCASE("a file of the pool") {
    std::filesystem::remove(pooled);
    std::filesystem::create_symlink(trees.at("a/d/f"), pooled);
    CHECK(trees.add("b", tar).taken == 0);
    CHECK_FALSE(std::filesystem::is_symlink(trees.pooled("b/d/f")));
  }
  SUBCASE("a directory of the tree") {
    trees.add("b", tar);
    for (const char* name : {"b", "b/d"})
      std::filesystem::permissions(trees.at(name), std::filesystem::perms::all);
    std::filesystem::remove_all(trees.at("b/d"));
    std::filesystem::create_directory_symlink(trees.at("outside"), trees.at("b/d"));
    CHECK_THROWS_AS(trees.share("b"), Error);
  }
  CHECK(std::filesystem::is_empty(trees.at("outside")));
  CHECK(trees.is_whole("a"));
}

TEST_CASE("a file with as many links as it can have is stored again") {
  Trees trees;
  const Tar tar = Tar().file("f", "x");
  trees.add("a", tar);
  trees.add("b", tar);
  const std::string first = trees.at("a/f");
  int links = 0;
  while (links < 70'000 &&
         ::link(first.c_str(), trees.at("more" + std::to_string(links)).c_str()) == 0)
    ++links;
  if (links == 70'000) return;  // a file system without a limit: tmpfs
  REQUIRE(errno == EMLINK);
  const Shared shared = trees.add("c", tar);
  CHECK(shared.alone == 0);
  CHECK_FALSE(trees.are_one("a/f", "c/f"));
  CHECK(trees.is_whole("c"));
  CHECK(trees.add("d", tar).taken == 1);
  CHECK(trees.are_one("c/f", "d/f"));
}

}  // namespace
}  // namespace devbox::image
