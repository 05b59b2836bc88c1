#include "store/pinned.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "host_temporary.hpp"

namespace devbox::store {
namespace {

using test::contains;
using test::error_of;
using test::TemporaryDirectory;

const std::string kTree(64, 'a');
const std::string kOther(64, 'b');

std::ptrdiff_t names_in(const std::string& directory) {
  const std::filesystem::directory_iterator all(directory);
  return std::distance(begin(all), end(all));
}

std::string text_of(const std::string& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  char bytes[64];
  const ssize_t got = fd ? ::read(fd.get(), bytes, sizeof bytes) : 0;
  return std::string(bytes, static_cast<std::size_t>(got));
}

void publish(const Pinned& store, const std::string& key, const std::string& tree,
             const std::string& text = "x") {
  Pinned::Staging staging = store.stage();
  REQUIRE(::mkdir((staging.path() + "/root").c_str(), 0755) == 0);
  const Fd file(::open((staging.path() + "/root/f").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
  REQUIRE(::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  store.publish(std::move(staging), key, tree, {{"source", "tar:/" + key}});
}

TEST_CASE("a tree is found by its source after it was published, and not before") {
  const TemporaryDirectory here;
  const Pinned store(here.at("a/b/store"));
  CHECK(store.find("tar-1") == std::nullopt);
  CHECK(store.list().empty());
  publish(store, "tar-1", kTree);
  REQUIRE(store.find("tar-1"));
  CHECK(text_of(*store.find("tar-1") + "/f") == "x");
  CHECK(store.find("tar-2") == std::nullopt);
  REQUIRE(store.list().size() == 1);
  CHECK(store.list()[0].tree == kTree);
  CHECK(names_in(here.at("a/b/store/staging")) == 0);
}

TEST_CASE("a tree that is there stays, and has one more source") {
  const TemporaryDirectory here;
  const Pinned store(here.at("store"));
  publish(store, "tar-1", kTree, "first");
  publish(store, "tar-2", kTree, "second");
  CHECK(store.find("tar-1") == store.find("tar-2"));
  CHECK(text_of(*store.find("tar-2") + "/f") == "first");
  CHECK(names_in(here.at("store/trees")) == 1);
  CHECK(names_in(here.at("store/staging")) == 0);
  CHECK(names_in(here.at("store/sources")) == 2);
}

TEST_CASE("the list says where each archive was, also where two made one tree") {
  const TemporaryDirectory here;
  const Pinned store(here.at("store"));
  publish(store, "tar-1", kTree);
  publish(store, "tar-2", kTree);
  const std::vector<PinnedTree> trees = store.list();
  REQUIRE(trees.size() == 2);
  CHECK(trees[0].info["source"] == "tar:/tar-1");
  CHECK(trees[1].info["source"] == "tar:/tar-2");
}

TEST_CASE("a source leads to what it was last published with") {
  const TemporaryDirectory here;
  const Pinned store(here.at("store"));
  publish(store, "tar-1", kTree, "old");
  publish(store, "tar-1", kOther, "new");
  CHECK(text_of(*store.find("tar-1") + "/f") == "new");
  CHECK(names_in(here.at("store/sources")) == 1);
}

TEST_CASE("what was staged and not published leaves nothing") {
  const TemporaryDirectory here;
  const Pinned store(here.at("store"));
  {
    const Pinned::Staging staging = store.stage();
    here.file(staging.path().substr(here.path().size() + 1) + "/root/usr/f", "x", 0);
    CHECK(names_in(here.at("store/staging")) == 1);
  }
  CHECK(names_in(here.at("store/staging")) == 0);
  CHECK(store.list().empty());
}

TEST_CASE("what a dead process left goes with the next, and what a living one has stays") {
  const TemporaryDirectory here;
  const Pinned store(here.at("store"));
  here.file("store/staging/1.dead/root/f", "x", 0);
  here.directory("store/staging/1.dead/root", 0555);
  const Pinned::Staging living = store.stage();
  CHECK_FALSE(std::filesystem::exists(here.at("store/staging/1.dead")));
  const Pinned::Staging next = store.stage();
  CHECK(std::filesystem::exists(living.path()));
  CHECK(std::filesystem::exists(next.path()));
}

TEST_CASE("a store of another version is refused, with the reason, and not changed") {
  const TemporaryDirectory here;
  const Pinned store(here.at("store"));
  publish(store, "tar-1", kTree);
  here.file("store/version", "2\x1b[31m\n");
  for (const Error& error : {error_of([&] { store.find("tar-1"); }),
                             error_of([&] { store.list(); }), error_of([&] { store.stage(); })}) {
    CHECK(error.message() == "the store " + here.at("store") +
                                 " has the format 2\\x1b[31m, and this devbox knows format 1");
    CHECK(contains(error.hint(), "XDG_DATA_HOME"));
  }
  CHECK(text_of(here.at("store/version")) == "2\x1b[31m\n");
}

TEST_CASE("a process that is killed while it begins leaves a version that can be read") {
  const TemporaryDirectory here;
  const Pinned store(here.at("store"));
  publish(store, "tar-1", kTree);
  const auto before = std::filesystem::last_write_time(here.at("store/version"));
  const Fd held(::open(here.at("store/version").c_str(), O_RDONLY | O_CLOEXEC));
  publish(store, "tar-2", kTree);
  // It was not opened for writing, and so was never empty.
  CHECK(std::filesystem::last_write_time(here.at("store/version")) == before);
  CHECK(text_of(here.at("store/version")) == "1\n");
}

TEST_CASE("many that begin at once see no half of a version") {
  const TemporaryDirectory here;
  const Pinned store(here.at("store"));
  std::vector<std::thread> threads;
  std::vector<std::string> wrong(8);
  for (std::string& mine : wrong) {
    threads.emplace_back([&store, &mine] {
      for (int i = 0; i < 50 && mine.empty(); ++i) {
        try {
          store.stage();
        } catch (const Error& error) {
          mine = error.message();
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& mine : wrong) CHECK(mine.empty());
  CHECK(names_in(here.at("store/staging")) == 0);
}

TEST_CASE("a source that leads nowhere, or out of the store, is none") {
  const TemporaryDirectory here;
  const Pinned store(here.at("store"));
  publish(store, "tar-1", kTree);
  here.directory("outside/root");
  here.link("store/sources/tar-2", "../../outside");
  here.link("store/sources/tar-3", kOther);
  here.link("store/trees/" + kOther + "/root", here.at("outside/root"));
  here.file("store/sources/tar-4");
  for (const char* key : {"tar-2", "tar-3", "tar-4"}) CHECK(store.find(key) == std::nullopt);
}

TEST_CASE("a link in place of the store's directories is not followed") {
  const TemporaryDirectory here;
  here.directory("other");
  here.directory("store");
  here.link("store/staging", "../other");
  CHECK_THROWS_AS(Pinned(here.at("store")).stage(), Error);
  CHECK(names_in(here.at("other")) == 0);
}

}  // namespace
}  // namespace devbox::store
