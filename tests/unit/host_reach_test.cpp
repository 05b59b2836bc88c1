#include "host/reach.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "host_temporary.hpp"
#include "util/fd.hpp"

namespace devbox::host {
namespace {

using test::TemporaryDirectory;

Fd bound(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  REQUIRE(path.size() < sizeof address.sun_path);
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  REQUIRE(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  return fd;
}

}  // namespace

TEST_CASE("a socket on which somebody listens is told from one that was left behind") {
  const TemporaryDirectory here;
  Fd socket = bound(here.at("s"));
  CHECK(listens(here.at("s")) == ECONNREFUSED);
  REQUIRE(::listen(socket.get(), 0) == 0);
  CHECK(listens(here.at("s")) == 0);
  for (int i = 0; i < 4; ++i) CHECK(listens(here.at("s")) == 0);  // also while it is busy
  here.link("link", "s");
  CHECK(listens(here.at("link")) == 0);
  socket.reset();
  CHECK(listens(here.at("s")) == ECONNREFUSED);
  here.file("file");
  CHECK(listens(here.at("file")) == ECONNREFUSED);
  CHECK(listens(here.at("none")) == ENOENT);
  CHECK(listens(std::string("a\0b", 3)) == ENOENT);
}

TEST_CASE("a socket with a long name is reached too") {
  const TemporaryDirectory here;
  const Fd socket = bound(here.at("s"));
  REQUIRE(::listen(socket.get(), 5) == 0);
  std::string directory;
  for (int i = 0; i < 3; ++i) directory += std::string(60, 'd') + "/";
  here.link(directory + "s", here.at("s"));
  CHECK(listens(here.at(directory + "s")) == 0);
  CHECK(listens(here.at(directory + "none")) == ENOENT);
}

TEST_CASE("of git's configuration the repository's own is left out") {
  using namespace std::string_literals;
  const auto values = parse_git_config(
      "system\0user.name\nSystem\0"
      "global\0user.name\nAnn\nB\0"
      "global\0user.email\na@b.example\0"
      "local\0user.email\nevil@repository.example\0"
      "worktree\0user.signingkey\nX\0"s);
  CHECK(values ==
        std::map<std::string, std::string>{{"user.name", "Ann\nB"}, {"user.email", "a@b.example"}});
  CHECK(parse_git_config("").empty());
  CHECK(parse_git_config("global\0user.name"s).empty());
}

TEST_CASE("a file has another stamp once it is written to") {
  const TemporaryDirectory here;
  here.file("f", "one");
  const auto before = stamp_of(here.at("f"));
  REQUIRE(before.has_value());
  CHECK(before->size == 3);
  here.file("f", "three");
  CHECK(stamp_of(here.at("f"))->size == 5);
  CHECK_FALSE(stamp_of(here.at("none")).has_value());
  here.directory("d");
  CHECK_FALSE(stamp_of(here.at("d")).has_value());
}

}  // namespace devbox::host
