// Trees with real owners, as far as values decide.
#include <doctest/doctest.h>

#include <memory>

#include "image/content.hpp"
#include "store/bootstrap.hpp"
#include "store/inventory.hpp"
#include "store/owned.hpp"
#include "store/roots.hpp"
#include "store/usage.hpp"
#include "util/error.hpp"

namespace devbox::store {
namespace {

const std::string kPlain(64, 'a');
const std::string kTree(64, 'b');

TEST_CASE("a tree of Debian packages is found by the digest that its store is about") {
  const Pinned plain("/data");
  const Pinned owned(owned_directory("/data"), std::make_shared<const Ids>(host::Host{}));
  CHECK(debian_key(plain, kPlain, kTree) == "plain-" + kPlain);
  CHECK(debian_key(plain, kPlain, "") == "plain-" + kPlain);
  CHECK(debian_key(owned, kPlain, kTree) == "owned-" + kTree);
  // Whoever locked it had one id, and could not say who owns it.
  CHECK(debian_key(owned, kPlain, "") == "plain-" + kPlain);
}

TEST_CASE("a tree with owners lies in a store of its own") {
  CHECK(has_owners("/data/owned/trees/x/root", "/data"));
  CHECK_FALSE(has_owners("/data/trees/x/root", "/data"));
  CHECK_FALSE(has_owners("/data/ownedx/trees/x/root", "/data"));
  CHECK_FALSE(has_owners("/other/owned/trees/x/root", "/data"));
}

TEST_CASE("what was written over a tree with owners is not found by the same tree without") {
  const std::string plain = tree_key("/data/trees/" + kTree + "/root", "/data");
  const std::string owned = tree_key("/data/owned/trees/" + kTree + "/root", "/data");
  CHECK(plain != owned);
  CHECK(owned.size() == plain.size());
  CHECK(owned == tree_key("/moved/owned/trees/" + kTree + "/root", "/moved"));
}

TEST_CASE("a word means one image of each store that has it") {
  std::vector<StoredTree> all = {{.tree = kTree, .sources = {}},
                                 {.tree = kPlain, .sources = {}},
                                 {.tree = kTree, .sources = {}, .owners = true}};
  const std::vector<StoredTree> both = select_in_each(all, kTree);
  REQUIRE(both.size() == 2);
  CHECK_FALSE(both[0].owners);
  CHECK(both[1].owners);
  CHECK(select_in_each(all, kPlain).size() == 1);
  CHECK_THROWS_AS(select_in_each(all, "cccccccc"), Error);
  CHECK(name_of(all[2]) == "sha256:" + kTree + " (with owners)");
  CHECK(name_of(all[0]) == "sha256:" + kTree);
}

TEST_CASE("the sizes of two stores are those of one list of trees") {
  Usage all{.parts = {{{0}, 1}, {{0, 1}, 10}}, .unused = 5, .unused_files = 1};
  all.add({.parts = {{{0}, 100}, {{1}, 1000}}, .unused = 7, .unused_files = 2}, 2);
  CHECK(all.own(0) == 1);
  CHECK(all.shared(1) == 10);
  CHECK(all.own(2) == 100);
  CHECK(all.own(3) == 1000);
  CHECK(all.total() == 1123);
  CHECK(all.unused_files == 3);
  CHECK(all.left({false, false, true, false}) == 100);
}

TEST_CASE("directories have the archive's modes where they have owners, files never a setuid bit") {
  using image::Belongs;
  using image::EntryKind;
  const auto mode = [](const char* path, EntryKind kind, std::uint32_t bits, Belongs belongs) {
    return image::mode_on_disk(path, {.kind = kind, .mode = bits, .text = {}}, belongs);
  };
  CHECK(mode("d", EntryKind::directory, 06777, Belongs::to_owner) == 02777);
  CHECK(mode("d", EntryKind::directory, 01700, Belongs::to_owner) == 01700);
  CHECK(mode("d", EntryKind::directory, 0, Belongs::to_owner) == 0);
  CHECK(mode("", EntryKind::directory, 0700, Belongs::to_owner) == 0755);
  CHECK(mode("d", EntryKind::directory, 07777, Belongs::to_user) == 0555);
  CHECK(mode("", EntryKind::directory, 0, Belongs::to_user) == 0500);
  for (const Belongs belongs : {Belongs::to_user, Belongs::to_owner})
    CHECK(mode("f", EntryKind::file, 07755, belongs) == 0755);
}

}  // namespace
}  // namespace devbox::store
