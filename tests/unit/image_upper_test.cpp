#include "image/upper.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/xattr.h>

#include <cstring>
#include <string>
#include <vector>

#include "host_temporary.hpp"

namespace devbox::image {
namespace {

Fd opened(const std::string& path) {
  return Fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

Upper read(const test::TemporaryDirectory& directory) {
  return read_upper(opened(directory.path()).get());
}

std::vector<std::string> names_of(const Entries& entries) {
  std::vector<std::string> names;
  for (const auto& [path, entry] : entries) names.push_back(path);
  return names;
}

using Names = std::vector<std::string>;

TEST_CASE("an upper is read as it lies there, no link followed") {
  const test::TemporaryDirectory upper;
  upper.file("d/f", "12345", 04750);
  upper.link("out", "/etc");
  upper.fifo("p");
  REQUIRE(::link(upper.at("d/f").c_str(), upper.at("same").c_str()) == 0);
  const Upper found = read(upper);
  CHECK(found.names.size() == 6);
  CHECK(found.names.at("d/f").entry.mode == 04750);
  CHECK(found.names.at("d/f").entry.size == 5);
  CHECK(found.names.at("d/f").entry.inode == found.names.at("same").entry.inode);
  CHECK(found.names.at("out").entry.text == "/etc");
  CHECK(found.names.at("p").entry.kind == EntryKind::fifo);
}

TEST_CASE("the overlay's own attributes say what is opaque, and are none of the file's") {
  const test::TemporaryDirectory upper("/var/tmp");
  const std::string d = upper.directory("d");
  if (::setxattr(d.c_str(), "user.overlay.opaque", "y", 1, 0) < 0) {
    MESSAGE("no extended attributes here");
    return;
  }
  REQUIRE(::setxattr(d.c_str(), "user.mine", "1", 1, 0) == 0);
  const Upper found = read(upper);
  CHECK(found.names.at("d").opaque);
  CHECK_FALSE(found.names.at("").opaque);
  CHECK(found.names.at("d").entry.xattrs == Xattrs{{"user.mine", "1"}});
}

TEST_CASE("a socket is counted and left out") {
  const test::TemporaryDirectory upper;
  const Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  struct sockaddr_un address {};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, upper.at("s").c_str(), sizeof address.sun_path - 1);
  REQUIRE(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  CHECK(read(upper).sockets == 1);
  CHECK(read(upper).names.size() == 1);
}

TEST_CASE("of what lies below only what the upper has a name of is looked at") {
  const test::TemporaryDirectory lower;
  lower.file("a/x");
  lower.file("a/y");
  lower.file("b/x");
  lower.file("hidden/d/x");
  Upper upper;
  for (const char* path : {"", "a", "a/x", "hidden", "hidden/d"})
    upper.names[path].entry.kind = EntryKind::directory;
  const Fd root = opened(lower.path());
  CHECK(names_of(read_below(root.get(), upper)) == Names{"", "a", "a/x", "hidden", "hidden/d"});
  upper.names["hidden"].opaque = true;
  CHECK(names_of(read_below(root.get(), upper)) ==
        Names{"", "a", "a/x", "hidden", "hidden/d", "hidden/d/x"});
}

}  // namespace
}  // namespace devbox::image
