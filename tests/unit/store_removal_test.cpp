#include "store/removal.hpp"

#include <doctest/doctest.h>
#include <sys/file.h>

#include <limits>
#include <string>

#include "host_temporary.hpp"
#include "store/inventory.hpp"
#include "store/usage.hpp"

namespace devbox::store {
namespace {

using test::contains;
using test::error_of;
using test::TemporaryDirectory;

const std::string kTree(64, 'a');
const std::string kOther(64, 'b');
constexpr std::int64_t kWhenever = std::numeric_limits<std::int64_t>::max();

class Store {
 public:
  void publish(const std::string& key, const std::string& tree) const {
    Pinned::Staging staging = store.stage();
    REQUIRE(::mkdir((staging.path() + "/root").c_str(), 0755) == 0);
    here.file(staging.path().substr(here.path().size() + 1) + "/root/f", std::string(5000, 'x'));
    store.publish(
        std::move(staging), key, tree,
        {{"source", "tar:/" + key}, {"archive", "sha256:" + std::string(64, key.back())}});
  }
  bool has(const std::string& name) const {
    return std::filesystem::exists(std::filesystem::symlink_status(here.at("store/" + name)));
  }
  bool is_empty(const std::string& name) const {
    return std::filesystem::is_empty(here.at("store/" + name));
  }

  TemporaryDirectory here;
  Pinned store{here.at("store")};
};

TEST_CASE("a tree goes with all that leads to it, and nothing else does") {
  const Store s;
  s.publish("tar-1", kTree);
  s.publish("tar-2", kTree);
  s.publish("tar-3", kOther);
  CHECK(remove_tree(s.store, kTree, kWhenever) == Removed::yes);
  CHECK(s.store.find("tar-1") == std::nullopt);
  CHECK(s.store.list().size() == 1);
  CHECK_FALSE(s.has("about/tar-2.json"));
  CHECK(s.has("about/tar-3.json"));
  CHECK(s.is_empty("staging"));
  CHECK(remove_tree(s.store, kTree, kWhenever) == Removed::not_there);
}

TEST_CASE("a tree that is held stays, until it is not") {
  const Store s;
  s.publish("tar-1", kTree);
  {
    const std::optional<HeldTree> held = s.store.hold("tar-1");
    REQUIRE(held);
    CHECK(held->root == *s.store.find("tar-1"));
    CHECK(remove_tree(s.store, kTree, kWhenever) == Removed::in_use);
    CHECK(inventory(s.store)[0].in_use);
  }
  CHECK_FALSE(inventory(s.store)[0].in_use);
  CHECK(remove_tree(s.store, kTree, kWhenever) == Removed::yes);
}

TEST_CASE("a tree that was used since it was looked at stays") {
  const Store s;
  s.publish("tar-1", kTree);
  const std::int64_t seen = inventory(s.store)[0].last_use;
  CHECK(remove_tree(s.store, kTree, seen - 1) == Removed::in_use);
  CHECK(remove_tree(s.store, kTree, seen) == Removed::yes);
}

TEST_CASE("a use is remembered, once a day") {
  const Store s;
  s.publish("tar-1", kTree);
  const std::string directory = s.here.at("store/trees/" + kTree);
  for (const auto& [days, changes] : {std::pair(2, true), std::pair(0, false)}) {
    const std::int64_t before = ::time(nullptr) - days * 86400 - 100;
    const struct timespec times[] = {{before, 0}, {before, 0}};
    REQUIRE(::utimensat(AT_FDCWD, directory.c_str(), times, 0) == 0);
    REQUIRE(s.store.hold("tar-1"));
    CHECK((inventory(s.store)[0].last_use != before) == changes);
  }
}

TEST_CASE("a source goes alone, and its tree stays") {
  const Store s;
  s.publish("tar-1", kTree);
  s.publish("tar-2", kTree);
  remove_source(s.store, "tar-1");
  CHECK(s.store.find("tar-1") == std::nullopt);
  CHECK(s.store.find("tar-2"));
  CHECK_FALSE(s.has("about/tar-1.json"));
}

TEST_CASE("a sweep takes what nothing needs, and nothing else") {
  const Store s;
  s.publish("tar-1", kTree);
  s.here.file("store/files/aa/used", "x");
  REQUIRE(::link(s.here.at("store/files/aa/used").c_str(), s.here.at("tree").c_str()) == 0);
  s.here.file("store/files/aa/unused", "x");
  s.here.link("store/files/aa/link", "/etc/passwd");
  s.here.link("store/sources/tar-2", kOther);
  s.here.file("store/about/tar-2.json");
  s.here.file("store/about/tar-3.json");
  s.here.file("store/about/other");
  s.here.link("store/sources/tar-4", "../elsewhere");
  s.here.file("store/staging/1.dead/root/f", "x", 0);
  s.here.directory("store/trees/" + kTree + "/replaced.1");
  CHECK(usage(s.store, {kTree}).unused_files == 2);
  CHECK(sweep(s.store).files == 2);
  for (const char* name : {"files/aa/unused", "files/aa/link", "sources/tar-2", "about/tar-2.json",
                           "about/tar-3.json", "staging/1.dead"}) {
    CAPTURE(name);
    CHECK_FALSE(s.has(name));
  }
  CHECK_FALSE(s.has("trees/" + kTree + "/replaced.1"));
  for (const char* name : {"files/aa/used", "about/other", "sources/tar-4", "about/tar-1.json"})
    CHECK(s.has(name));
  CHECK(s.store.find("tar-1"));
}

TEST_CASE("what a repair replaced stays while its tree is held") {
  const Store s;
  s.publish("tar-1", kTree);
  s.here.file("store/trees/" + kTree + "/replaced.1/f", "x");
  {
    const std::optional<HeldTree> held = s.store.hold("tar-1");
    sweep(s.store);
    CHECK(s.has("trees/" + kTree + "/replaced.1/f"));
  }
  sweep(s.store);
  CHECK_FALSE(s.has("trees/" + kTree + "/replaced.1"));
}

TEST_CASE("a tree to which nothing leads is in the inventory, and a link in its place is not") {
  const Store s;
  s.publish("tar-1", kTree);
  s.here.directory("store/trees/" + kOther + "/root");
  s.here.directory("outside/root");
  s.here.link("store/trees/" + std::string(64, 'c'), s.here.at("outside"));
  s.here.directory("store/trees/short");
  const std::vector<StoredTree> all = inventory(s.store);
  REQUIRE(all.size() == 2);
  CHECK(all[0].sources.size() == 1);
  CHECK(all[1].sources.empty());
  CHECK(name_of(all[0]) == "tar:/tar-1");
  CHECK(name_of(all[1]) == "sha256:" + kOther);
}

TEST_CASE("each file counts once, and what trees share for none of them") {
  const Store s;
  s.publish("tar-1", kTree);
  s.publish("tar-2", kOther);
  const Usage before = usage(s.store, {kTree, kOther});
  CHECK(before.own(0) == before.own(1));
  CHECK(before.shared(0) == 0);
  const std::string f = "/root/f";
  REQUIRE(::unlink((s.here.at("store/trees/" + kOther) + f).c_str()) == 0);
  REQUIRE(::link((s.here.at("store/trees/" + kTree) + f).c_str(),
                 (s.here.at("store/trees/" + kOther) + f).c_str()) == 0);
  const Usage after = usage(s.store, {kTree, kOther});
  CHECK(after.shared(0) == after.shared(1));
  CHECK(after.shared(0) >= 5000);
  CHECK(after.total() == before.total() - after.shared(0));
  CHECK(after.own(0) == before.own(0) - after.shared(0));
}

TEST_CASE("an image is named by its source, or by a digest or the beginning of one") {
  const Store s;
  s.publish("tar-1", kTree);
  s.publish("tar-2", kTree);
  s.publish("tar-3", kOther);
  const std::vector<StoredTree> all = inventory(s.store);
  struct {
    std::string word, tree;
    std::size_t sources;
  } const cases[] = {
      {"tar:/tar-1", kTree, 1},       {"tar-3", kOther, 1},
      {"sha256:" + kTree, kTree, 2},  {kTree, kTree, 2},
      {"bbbbbbbb", kOther, 1},        {std::string(64, '2'), kTree, 1},
      {"sha256:33333333", kOther, 1},
  };
  for (const auto& c : cases) {
    CAPTURE(c.word);
    const StoredTree chosen = select(all, c.word);
    CHECK(chosen.tree == c.tree);
    CHECK(chosen.sources.size() == c.sources);
  }
  for (const char* word : {"", "sha256:", "aaaaaaa", "tar:/none", "aaaaaaaab"}) {
    CAPTURE(word);
    CHECK(contains(error_of([&] { select(all, word); }).message(), "the store has no image"));
  }
}

TEST_CASE("a word that means two images is none, and their digests are said") {
  std::vector<StoredTree> all = {{.tree = kTree, .sources = {}}, {.tree = kOther, .sources = {}}};
  for (StoredTree& tree : all) {
    tree.sources.push_back(
        {"tar-x", tree.tree, {{"source", "tar:/x"}, {"archive", "sha256:" + tree.tree}}});
  }
  const Error error = error_of([&] { select(all, "tar:/x"); });
  CHECK(error.message() == "the store has 2 images tar:/x");
  CHECK(error.hint() == "name one by its digest: sha256:" + kTree + " sha256:" + kOther);
}

}  // namespace
}  // namespace devbox::store
