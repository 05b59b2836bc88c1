// Where a profile's lock file is, and that one is replaced whole or not at all.
#include "store/lock_file.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "host/files.hpp"
#include "host/probe.hpp"
#include "host_temporary.hpp"

namespace devbox::store {
namespace {

using host::Host;
using test::error_of;
using test::TemporaryDirectory;
using test::user_at;

constexpr std::size_t kMany = std::size_t{8} << 20U;

std::ptrdiff_t files_in(const std::string& directory) {
  return std::distance(std::filesystem::directory_iterator(directory), {});
}

TEST_CASE("a lock file is beside a profile of a project's or the user's") {
  const TemporaryDirectory here;
  const Host host = user_at(here.path(), here.path());
  CHECK(lock_path({"/src/p/devbox.toml", Origin::project}, host) == "/src/p/devbox.lock.toml");
  const std::string own = here.at(".config/devbox/profiles/cpp");
  CHECK(lock_path({own + ".toml", Origin::user}, host) == own + ".lock.toml");
}

TEST_CASE("a lock file of the whole machine's profile is the user's own") {
  const TemporaryDirectory here;
  const Host host = user_at(here.path(), here.path());
  const std::string own = here.at(".config/devbox/locks/cpp.lock.toml");
  CHECK(lock_path({"/etc/devbox/profiles/cpp.toml", Origin::system}, host) == own);
  CHECK(lock_path({"/usr/share/devbox/profiles/cpp.toml", Origin::installed}, host) == own);
}

TEST_CASE("where there is no lock file there is none, and that is no error") {
  const TemporaryDirectory here;
  const Host host = user_at(here.path(), here.path());
  CHECK_FALSE(read_lock({here.at("devbox.toml"), Origin::project}, host));
  CHECK_FALSE(read_lock({here.at("gone/devbox.toml"), Origin::project}, host));
  here.file("file");
  CHECK_FALSE(read_lock({here.at("file/devbox.toml"), Origin::project}, host));
  CHECK_FALSE(read_lock({here.at("share/cpp.toml"), Origin::installed}, host));
}

TEST_CASE("what is read says where it was") {
  const TemporaryDirectory here;
  const Host host = user_at(here.path(), here.path());
  here.file("p/devbox.lock.toml", "text");
  const auto text = read_lock({here.at("p/devbox.toml"), Origin::project}, host);
  REQUIRE(text);
  CHECK(text->path == here.at("p/devbox.lock.toml"));
  CHECK(text->bytes == "text");
}

TEST_CASE("the user's own lock file goes before the one beside a profile of the whole machine") {
  const TemporaryDirectory here;
  const Host host = user_at(here.path(), here.path());
  for (const Origin origin : {Origin::system, Origin::installed}) {
    const Found profile{here.at("share/cpp.toml"), origin};
    here.file("share/cpp.lock.toml", "beside");
    std::filesystem::remove_all(here.at(".config"));
    REQUIRE(read_lock(profile, host));
    CHECK(read_lock(profile, host)->bytes == "beside");
    here.file(".config/devbox/locks/cpp.lock.toml", "own");
    REQUIRE(read_lock(profile, host));
    CHECK(read_lock(profile, host)->bytes == "own");
  }
}

TEST_CASE("a user's profile has no other lock file than the one beside it") {
  const TemporaryDirectory here;
  const Host host = user_at(here.path(), here.path());
  here.file(".config/devbox/locks/cpp.lock.toml", "own");
  CHECK_FALSE(read_lock({here.at("p/cpp.toml"), Origin::project}, host));
  CHECK_FALSE(read_lock({here.at(".config/devbox/profiles/cpp.toml"), Origin::user}, host));
}

std::string reading_error(const TemporaryDirectory& here) {
  const Host host = user_at(here.path(), here.path());
  return error_of([&] { read_lock({here.at("devbox.toml"), Origin::project}, host); }).message();
}

TEST_CASE("what is no file in place of a lock file is refused by its kind, and not waited for") {
  const TemporaryDirectory here;
  const std::string lock = here.fifo("devbox.lock.toml");
  CHECK(reading_error(here) == "cannot read " + lock + ": it is a FIFO, not a regular file");
  std::filesystem::remove(lock);
  here.directory("devbox.lock.toml");
  CHECK(reading_error(here) == "cannot read " + lock + ": it is a directory");
}

TEST_CASE("a giant in place of a lock file is refused") {
  const TemporaryDirectory here;
  const std::size_t most = std::size_t{4} << 20U;
  const std::string lock = here.file("devbox.lock.toml", std::string(most + 1, '#'));
  CHECK(reading_error(here) == "cannot read " + lock + ": it is longer than 4 MiB");
  here.file("devbox.lock.toml", std::string(most, '#'));
  const Host host = user_at(here.path(), here.path());
  CHECK(read_lock({here.at("devbox.toml"), Origin::project}, host)->bytes.size() == most);
}

TEST_CASE("a lock file that may not be read is an error, not one that is not there") {
  if (test::is_root()) return;
  const TemporaryDirectory here;
  const std::string lock = here.file("devbox.lock.toml", "x", 0000);
  CHECK(reading_error(here) == "cannot read " + lock + ": Permission denied");
  const Host host = user_at(here.path(), here.path());
  here.directory("closed", 0000);
  CHECK_THROWS_AS(read_lock({here.at("closed/devbox.toml"), Origin::project}, host), Error);
}

TEST_CASE("every mistake of a lock file is in one message, and none reaches a terminal raw") {
  const Error error = error_of([] {
    parse_lock({"/p/\x1b.lock.toml", "schema = 2\ncolour = 1\n"}, profile::LockPart::whole);
  });
  CHECK(error.message() ==
        "/p/\\x1b.lock.toml:1:1: `source` is missing\n"
        "/p/\\x1b.lock.toml:1:10: `schema` must be 1: a newer devbox wrote this file\n"
        "/p/\\x1b.lock.toml:2:1: unknown key `colour`");
  CHECK(error.hint() == "`devbox lock --update` writes it anew");
}

TEST_CASE("a lock file is replaced whole, and nothing else is left") {
  const TemporaryDirectory here;
  const std::string lock = here.file("p/devbox.lock.toml", std::string(100000, 'x'), 0600);
  const Fd before(::open(lock.c_str(), O_RDONLY | O_CLOEXEC));
  write_lock(lock, "new");
  CHECK(host::read_file(lock, kMany) == "new");
  CHECK(files_in(here.at("p")) == 1);
  // Whoever has the old one open still has all of it.
  CHECK(host::contents(before.get(), kMany).bytes == std::string(100000, 'x'));
  struct stat st {};
  REQUIRE(::stat(lock.c_str(), &st) == 0);
  CHECK((st.st_mode & 0644) == 0644);  // others who work on the project read it
}

TEST_CASE("the directory of a lock file is made") {
  const TemporaryDirectory here;
  const std::string lock = here.at(".config/devbox/locks/cpp.lock.toml");
  write_lock(lock, "new");
  CHECK(host::read_file(lock, kMany) == "new");
  CHECK(files_in(here.at(".config/devbox/locks")) == 1);
}

TEST_CASE("where a lock file cannot be replaced the old one stays, and nothing else is left") {
  const TemporaryDirectory here;
  here.directory("p/devbox.lock.toml/full");
  CHECK_THROWS_AS(write_lock(here.at("p/devbox.lock.toml"), "new"), Error);
  CHECK(files_in(here.at("p")) == 1);
  if (test::is_root()) return;
  const std::string lock = here.file("closed/devbox.lock.toml", "old");
  REQUIRE(::chmod(here.at("closed").c_str(), 0555) == 0);
  CHECK(error_of([&] { write_lock(lock, "new"); }).message() ==
        "cannot make a file in " + here.at("closed") + ": Permission denied");
  CHECK(host::read_file(lock, kMany) == "old");
}

TEST_CASE("a link in place of a lock file is replaced, and what it leads to stays") {
  const TemporaryDirectory here;
  here.file("other", "other");
  here.link("devbox.lock.toml", "other");
  write_lock(here.at("devbox.lock.toml"), "new");
  CHECK(host::read_file(here.at("other"), kMany) == "other");
  CHECK(host::read_file(here.at("devbox.lock.toml"), kMany) == "new");
}

}  // namespace
}  // namespace devbox::store
