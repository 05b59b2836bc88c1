#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <set>

#include "host/cannot.hpp"
#include "host/files.hpp"
#include "host/probe.hpp"
#include "host_temporary.hpp"

namespace devbox::host {
namespace {

using test::error_of;
using test::is_root;
using test::TemporaryDirectory;

constexpr std::size_t kMany = 1024 * 1024;

TEST_CASE("a file is read whole, byte for byte") {
  const TemporaryDirectory here;
  std::string bytes;
  for (int i = 0; i < 100000; ++i) bytes += static_cast<char>(i * 7);
  CHECK(read_file(here.file("f", bytes), kMany) == bytes);
  CHECK(read_file(here.file("empty"), kMany).empty());
}

TEST_CASE("a file that gives no size is read to its end") {
  CHECK(test::contains(read_file("/proc/self/status", kMany), "Name:"));
}

TEST_CASE("a file of exactly the limit is read, and one byte more is refused") {
  const TemporaryDirectory here;
  CHECK(read_file(here.file("f", "12345678"), 8) == "12345678");
  const std::string path = here.file("f", "123456789");
  CHECK(error_of([&] { read_file(path, 8); }).message() ==
        "cannot read " + path + ": it is longer than 8 bytes");
  CHECK(error_of([&] { read_file("/proc/self/status", 8); }).message() ==
        "cannot read /proc/self/status: it is longer than 8 bytes");
}

TEST_CASE("what is no regular file is named for what it is, and never waited for") {
  const TemporaryDirectory here;
  const std::string directory = here.directory("devbox.toml");
  CHECK(error_of([&] { read_file(directory, kMany); }).message() ==
        "cannot read " + directory + ": it is a directory");
  const std::string fifo = here.fifo("fifo.toml");
  CHECK(error_of([&] { read_file(fifo, kMany); }).message() ==
        "cannot read " + fifo + ": it is a FIFO, not a regular file");
  CHECK(error_of([&] { read_file("/dev/null", kMany); }).message() ==
        "cannot read /dev/null: it is a character device, not a regular file");
}

TEST_CASE("a socket is called a socket") {
  const TemporaryDirectory here;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, here.at("s").c_str(), sizeof address.sun_path - 1);
  const Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  REQUIRE(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  CHECK(error_of([&] { read_file(here.at("s"), kMany); }).message() ==
        "cannot read " + here.at("s") + ": it is a socket, not a regular file");
}

TEST_CASE("a failure says why, and what to do") {
  const TemporaryDirectory here;
  const Error missing = error_of([&] { read_file(here.at("no"), kMany); });
  CHECK(missing.message() == "cannot read " + here.at("no") + ": No such file or directory");
  CHECK_FALSE(missing.hint().empty());
  here.link("loop", "loop");
  CHECK(test::contains(error_of([&] { read_file(here.at("loop"), kMany); }).hint(),
                       "leads back to itself"));
  if (is_root()) return;  // whom no mode stops
  here.file("secret", "x", 0);
  CHECK(error_of([&] { read_file(here.at("secret"), kMany); }).message() ==
        "cannot read " + here.at("secret") + ": Permission denied");
}

TEST_CASE("a name from elsewhere reaches no terminal raw") {
  const TemporaryDirectory here;
  const Error error = error_of([&] { read_file(here.at("a\nb\x1b[31m"), kMany); });
  CHECK(error.message().find('\n') == std::string::npos);
  CHECK(error.message().find('\x1b') == std::string::npos);
}

TEST_CASE("a path is not cut at a NUL") {
  const TemporaryDirectory here;
  const std::string path = here.file("f", "x") + std::string("\0.toml", 6);
  CHECK_THROWS_AS(read_file(path, kMany), Error);
  CHECK(look(path).err == ENOENT);
}

TEST_CASE("a path fact says what a path leads to, with every link followed") {
  const TemporaryDirectory here;
  here.file("real/file", "x");
  here.link("link", "real");
  const PathFact file = look(here.at("link/file"));
  CHECK(file.kind == NodeKind::file);
  CHECK(file.real == here.at("real/file"));
  CHECK(file.owner == ::geteuid());
  CHECK(look(here.at("link")).kind == NodeKind::directory);
  CHECK(look("/dev/null").kind == NodeKind::device);
}

TEST_CASE("a path fact tells a link from what lies behind one") {
  const TemporaryDirectory here;
  here.file("real/file", "x");
  here.link("link", "real");
  here.link("dangling", "nothing");
  CHECK(look(here.at("link")).link == "real");
  CHECK(look(here.at("dangling")).link == "nothing");
  CHECK(look(here.at("dangling")).kind == NodeKind::missing);
  CHECK(look(here.at("link/file")).link.empty());
  CHECK(look(here.at("real/file")).link.empty());
  CHECK(look(here.at("no")).link.empty());
}

TEST_CASE("a path fact says why nothing is there") {
  const TemporaryDirectory here;
  here.link("loop", "loop");
  here.link("dangling", "nothing");
  here.file("file");
  CHECK(look(here.at("no")).err == ENOENT);
  CHECK(look(here.at("dangling")).err == ENOENT);
  CHECK(look(here.at("loop")).err == ELOOP);
  CHECK(look(here.at("file/x")).err == ENOTDIR);
  CHECK(look(here.at("no")).kind == NodeKind::missing);
  CHECK(look(here.at("no")).real.empty());
  if (is_root()) return;
  here.file("closed/x");
  here.directory("closed", 0);
  CHECK(look(here.at("closed/x")).err == EACCES);
}

TEST_CASE("every hint has a text, and no errno has two") {
  std::set<int> seen;
  for (const ErrnoHint& hint : kErrnoHints) {
    CHECK_FALSE(hint.text.empty());
    CHECK_MESSAGE(seen.insert(hint.err).second, hint.text);
    CHECK(errno_hint(hint.err) == hint.text);
  }
  CHECK(errno_hint(0).empty());
}

TEST_CASE("a limit reads as a person writes it") {
  CHECK(size_text(1024 * 1024) == "1 MiB");
  CHECK(size_text(64 * 1024) == "64 KiB");
  CHECK(size_text(1000) == "1000 bytes");
}

}  // namespace
}  // namespace devbox::host
