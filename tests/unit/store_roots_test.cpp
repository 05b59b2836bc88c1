#include <doctest/doctest.h>

#include "host_temporary.hpp"
#include "store/roots.hpp"

namespace devbox::store {
namespace {

Rootfs asked_of_tree() {
  Rootfs rootfs;
  rootfs.files["/etc/passwd"] = "of the tree";
  rootfs.programs["/bin/zsh"] = false;
  rootfs.places["/bin/zsh"] = {"/usr/bin/zsh", {}, "/usr/bin"};  // by the tree's link /bin
  return rootfs;
}

}  // namespace

TEST_CASE("a pinned tree's key is its digest, any other's what its path hashes to") {
  const std::string digest(64, 'a');
  CHECK(tree_key("/data/trees/" + digest + "/root", "/data") == std::string(32, 'a'));
  const std::string outside = tree_key("/other/trees/" + digest + "/root", "/data");
  CHECK(outside != std::string(32, 'a'));
  CHECK(outside.size() == 32);
  CHECK(tree_key("/trees/debian", "/data") != tree_key("/trees/debian2", "/data"));
}

TEST_CASE("nothing is known of a root that was never made") {
  const test::TemporaryDirectory state;
  const KeptRoot kept = look_at_root(state.at("none"), "key", asked_of_tree());
  CHECK(kept.directory == state.at("none/key"));
  CHECK_FALSE(kept.exists);
  CHECK(kept.others.empty());
  CHECK(kept.files.empty());
}

TEST_CASE("a kept root's own files and programs are found where the tree's links lead") {
  const test::TemporaryDirectory state;
  state.file("id/key/upper/etc/passwd", "own");
  state.file("id/key/upper/usr/bin/zsh", "#!", 0755);
  const KeptRoot kept = look_at_root(state.at("id"), "key", asked_of_tree());
  CHECK(kept.exists);
  CHECK(kept.files.at("/etc/passwd") == "own");
  CHECK(kept.programs.at("/bin/zsh"));
}

TEST_CASE("no link in a kept root leads out of it") {
  const test::TemporaryDirectory state;
  state.file("outside", "the host's");
  state.directory("id/key/upper/etc");
  state.link("id/key/upper/etc/passwd", state.at("outside"));
  CHECK(look_at_root(state.at("id"), "key", asked_of_tree()).files.empty());
}

TEST_CASE("roots on other trees are named by the tree, or else by their key") {
  const test::TemporaryDirectory state;
  state.directory("id/b");
  state.link("id/a/tree", "/trees/old");
  state.directory("id/key");
  const KeptRoot kept = look_at_root(state.at("id"), "key", asked_of_tree());
  CHECK(kept.others == std::vector<std::string>{"/trees/old", "b"});
}

TEST_CASE("all roots are listed with their trees and profiles, but for what no box has begun on") {
  const test::TemporaryDirectory state;
  state.file("roots/one/b/lock");
  state.link("roots/one/b/tree", "/data/trees/x/root");
  state.link("roots/one/b/profile", "/home/dev/devbox.toml");
  state.file("roots/one/a/lock");
  state.directory("roots/one/c");
  state.file("roots/two/a/lock");
  const std::vector<StoredRoot> one = roots_of(state.at("roots/one"));
  REQUIRE(one.size() == 2);
  CHECK(one[0].key == "a");
  CHECK(one[0].tree.empty());
  CHECK(one[0].profile.empty());
  CHECK(one[1].directory == state.at("roots/one/b"));
  CHECK(one[1].tree == "/data/trees/x/root");
  CHECK(one[1].profile == "/home/dev/devbox.toml");
  CHECK(one[1].last_use > 0);
  CHECK(all_roots(state.at("roots")).size() == 3);
  CHECK(all_roots(state.at("none")).empty());
}

}  // namespace devbox::store
