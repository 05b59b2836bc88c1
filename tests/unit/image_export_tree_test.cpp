#include "image/export_tree.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <string>

#include "image_unpacking.hpp"
#include "util/error.hpp"

namespace devbox::image {
namespace {

using test::contains;
using test::error_of;
using test::Tar;

// A tree that was unpacked, and its archive.
class Exported {
 public:
  explicit Exported(const std::string& archive) : entries(unpacking.unpack(archive).entries) {}

  std::string bytes() const {
    std::string all;
    const Fd root(::open(unpacking.root_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    REQUIRE(root);
    export_tree(
        entries, {.root = root.get()}, [&](std::string_view part) { all += part; },
        [&](std::uint64_t done) { read = done; });
    return all;
  }

  test::Unpacking unpacking;
  Entries entries;
  mutable std::uint64_t read = 0;
};

Tar sample() {
  Tar tar;
  tar.directory("bin").file("bin/su", "setuid", 04755).hard_link("bin/sudo", "bin/su");
  tar.directory("dev").device("dev/null", '3', 1, 3).symlink("sh", "bin/su").fifo("fifo");
  tar.file("data", std::string(2'000'000, 'd'));
  return tar;
}

// A file of the tree with other bytes: its directory is closed to writing.
void overwrite(const std::string& path, const std::string& bytes) {
  REQUIRE(::chmod(path.c_str(), 0600) == 0);
  const Fd fd(::open(path.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC));
  REQUIRE(fd);
  REQUIRE(::write(fd.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
}

}  // namespace

TEST_CASE("the archive of a tree makes the tree again, with what is only recorded of it") {
  const Exported exported(sample().ended());
  const std::string bytes = exported.bytes();
  CHECK(exported.bytes() == bytes);
  CHECK(exported.read == 2'000'006);  // a file with two names once
  const Exported again(bytes);
  CHECK(manifest_text(again.entries, Ownership::told) ==
        manifest_text(exported.entries, Ownership::told));
  CHECK(again.entries.at("bin/su").mode == 04755);
  CHECK(again.entries.at("dev/null").text == "1:3");
  CHECK(again.entries.at("bin/su").inode == again.entries.at("bin/sudo").inode);
  CHECK(again.bytes() == bytes);
}

TEST_CASE("an archive has the extended attributes, those that are only recorded too") {
  const std::string capability("\x01\0\0\x02\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
  const std::string name(200, 'n');
  Tar tar;
  tar.pax({{"SCHILY.xattr.security.capability", capability}, {"SCHILY.xattr.user.a", "\n= 9"}});
  tar.file("ping").hard_link("pong", "ping");
  // A length that has one digit more with itself, and a long name beside it.
  tar.pax({{"path", name}, {"SCHILY.xattr.user.b", std::string(75, 'b')}}).directory("x");
  tar.pax({{"SCHILY.xattr.user.c", std::string(64 << 10U, 'c')}}).directory("./");
  const Exported exported(tar.ended());
  REQUIRE(exported.entries.at("ping").xattrs.size() == 2);
  const Exported again(exported.bytes());
  CHECK(manifest_text(again.entries, Ownership::told) ==
        manifest_text(exported.entries, Ownership::told));
  for (const std::string& path : {std::string("ping"), name, std::string()})
    REQUIRE(again.entries.at(path).xattrs.size() == exported.entries.at(path).xattrs.size());
  CHECK(again.entries.at("ping").xattrs[0].value == capability);
  CHECK(again.entries.at("pong").xattrs == again.entries.at("ping").xattrs);
  CHECK(again.entries.at(name).xattrs[0].value == std::string(75, 'b'));
  CHECK(again.entries.at("").xattrs[0].value.size() == 64 << 10U);
  CHECK(again.bytes() == exported.bytes());
}

TEST_CASE("a file that is not what was unpacked is not exported") {
  const Exported exported(sample().ended());
  std::string damaged(2'000'000, 'd');
  SUBCASE("one byte differs") { damaged[1'999'999] = 'e'; }
  SUBCASE("it is shorter") { damaged.pop_back(); }
  SUBCASE("it is empty") { damaged.clear(); }
  overwrite(exported.unpacking.at("data"), damaged);
  const Error error = error_of([&] { exported.bytes(); });
  CHECK(error.message() == "data of the tree is not what was unpacked");
  CHECK(contains(error.hint(), "image verify --repair"));
}

TEST_CASE("a link in the place of a file of the tree is not followed") {
  const Exported exported(sample().ended());
  REQUIRE(::chmod(exported.unpacking.root_path().c_str(), 0700) == 0);
  REQUIRE(::unlink(exported.unpacking.at("data").c_str()) == 0);
  REQUIRE(::symlink("../outside/secret", exported.unpacking.at("data").c_str()) == 0);
  CHECK(contains(error_of([&] { exported.bytes(); }).message(), "cannot open data"));
}

}  // namespace devbox::image
