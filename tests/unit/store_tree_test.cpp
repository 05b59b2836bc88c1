// Trees that want out.
#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "host_temporary.hpp"
#include "store_survey.hpp"

namespace devbox::store {
namespace {

using test::error_of;
using test::has_program;
using test::place_of;
using test::read_in_tree;
using test::TemporaryDirectory;

std::ptrdiff_t open_descriptors() {
  const std::filesystem::directory_iterator first("/proc/self/fd");
  return std::distance(first, std::filesystem::directory_iterator());
}

TEST_CASE("no link leads out of the tree") {
  const TemporaryDirectory outside;
  outside.file("secret", "secret", 0755);
  outside.directory("tree/in");
  const std::string tree = outside.at("tree");
  const std::string name = outside.path().substr(5);  // below /tmp
  const auto link = [&](const std::string& at, const std::string& text) {
    outside.link("tree/" + at, text);
  };
  link("root", "/");
  link("up", "../../../../../../..");
  link("absolute", outside.path());
  link("sideways", "in/../../secret");
  link("chain", "up/tmp/" + name);
  link("magic", "/proc/self/root");
  const Survey asked{{"/root/x", "/up/y", "/absolute/secret", "/sideways/z", "/chain/secret",
                      "/../../secret", "/magic/x"},
                     {"/absolute/secret", "/sideways", "/../secret", "/up/secret", "/chain/secret"},
                     "",
                     ""};
  const Rootfs rootfs = survey(tree, asked);
  CHECK(rootfs.places.at("/root/x").path == "/x");
  CHECK(rootfs.places.at("/up/y").path == "/y");
  CHECK(rootfs.places.at("/absolute/secret").path == outside.path() + "/secret");
  CHECK(rootfs.places.at("/absolute/secret").node.kind == NodeKind::missing);
  CHECK(rootfs.places.at("/sideways/z").path == "/secret/z");
  CHECK(rootfs.places.at("/chain/secret").node.kind == NodeKind::missing);
  CHECK(rootfs.places.at("/../../secret").path == "/secret");
  CHECK(rootfs.places.at("/../../secret").node.kind == NodeKind::missing);
  CHECK(rootfs.places.at("/magic/x").path == "/proc/self/root/x");  // there is no /proc in the tree
  for (const auto& program : rootfs.programs) CHECK_MESSAGE(!program.second, program.first);
  CHECK_FALSE(read_in_tree(tree, "absolute/secret"));
  CHECK_FALSE(read_in_tree(tree, "sideways"));
  CHECK_FALSE(read_in_tree(tree, "../secret"));
}

TEST_CASE("links of /proc are text like any other") {
  const Rootfs rootfs =
      survey("/", Survey{{"/proc/self/root/devbox-no-such-name"}, {"/proc/self/exe"}, "", ""});
  CHECK(rootfs.directory == "/");
  CHECK(rootfs.places.at("/proc/self/root/devbox-no-such-name").path == "/devbox-no-such-name");
  CHECK(rootfs.programs.at("/proc/self/exe"));
}

TEST_CASE("a loop of links is an error for a target and no program") {
  const TemporaryDirectory tree;
  tree.link("a", "b");
  tree.link("b", "a");
  tree.link("self", "self/self");
  const Error error = error_of([&] { place_of(tree, "/a/x"); });
  CHECK(error.message() == "image.source: cannot look at /a/x in the tree " + tree.path() +
                               ": Too many levels of symbolic links");
  CHECK_FALSE(error.hint().empty());
  CHECK_THROWS_AS(place_of(tree, "/self/x"), Error);
  CHECK(place_of(tree, "/a").node.kind == NodeKind::symlink);
  CHECK_FALSE(has_program(tree, "/a"));
  CHECK_FALSE(read_in_tree(tree.path(), "self"));
}

TEST_CASE("40 links are followed, as the kernel does, and 41 are not") {
  const TemporaryDirectory tree;
  tree.directory("l0");
  for (int i = 1; i <= 41; ++i) tree.link("l" + std::to_string(i), "l" + std::to_string(i - 1));
  CHECK(place_of(tree, "/l40/x").path == "/l0/x");
  CHECK_THROWS_AS(place_of(tree, "/l41/x"), Error);
}

TEST_CASE("links that multiply end soon") {
  const TemporaryDirectory tree;
  std::string text = "d";
  tree.directory("d");
  for (int i = 0; i < 30; ++i) {
    std::string wide;
    for (int j = 0; j < 100; ++j) wide += text + "/../";
    text = "m" + std::to_string(i);
    tree.link(text, wide + "d");
  }
  CHECK_THROWS_AS(place_of(tree, "/" + text + "/x"), Error);
}

TEST_CASE("a path that is too deep is refused before the descriptors run out") {
  const TemporaryDirectory tree;
  std::string path;
  for (int i = 0; i < 255; ++i) path += "/d";
  tree.directory(path.substr(1));
  CHECK(place_of(tree, path).node.kind == NodeKind::directory);
  CHECK_THROWS_AS(place_of(tree, path + "/d"), Error);
  CHECK_THROWS_AS(place_of(tree, "/" + std::string(300, 'x')), Error);
}

TEST_CASE("names that are no text are told as they are") {
  const TemporaryDirectory tree;
  const std::string newline = "a\nb";
  const std::string latin1 = "caf\xe9";
  tree.file("etc/" + newline);
  tree.link("etc/" + latin1, "to\xff\n");
  const Rootfs rootfs = survey(tree.path(), Survey{{"/etc/missing", "/etc/" + latin1}, {}, "", ""});
  const std::vector<Entry>& entries = rootfs.listings.at("/etc");
  REQUIRE(entries.size() == 2);
  CHECK(entries[0].name == newline);
  CHECK(entries[1].name == latin1);
  CHECK(entries[1].node.link == "to\xff\n");
  CHECK(rootfs.places.at("/etc/" + latin1).node.link == "to\xff\n");
  CHECK(place_of(tree, "/new\nline").path == "/new\nline");
}

TEST_CASE("no descriptor is left behind") {
  const TemporaryDirectory tree;
  tree.file("a/b/c", "x");
  tree.link("loop", "loop");
  const std::ptrdiff_t before = open_descriptors();
  for (int i = 0; i < 3; ++i) {
    survey(tree.path(), Survey{{"/a/b/c", "/a/new"}, {"/a/b/c"}, "en_US.UTF-8", "xterm"});
    CHECK_THROWS_AS(place_of(tree, "/loop/x"), Error);
    read_in_tree(tree.path(), "a/b/c");
  }
  CHECK(open_descriptors() == before);
}

TEST_CASE("a tree that changes meanwhile never shows what is outside of it") {
  const TemporaryDirectory here;
  here.file("secret", "outside");
  here.file("tree/a/b/secret", "inside");
  here.file("elsewhere/secret", "outside");
  const std::string tree = here.at("tree");
  std::atomic<bool> stop = false;
  // A directory on the way is moved out of the tree and back: ".." by the kernel's reckoning would
  // then be the directory above the tree. And a link takes a directory's place.
  std::thread mover([&] {
    while (!stop) {
      ::rename((tree + "/a/b").c_str(), here.at("elsewhere/b").c_str());
      [[maybe_unused]] const int linked = ::symlink("../..", (tree + "/a/b").c_str());
      ::unlink((tree + "/a/b").c_str());
      ::rename(here.at("elsewhere/b").c_str(), (tree + "/a/b").c_str());
    }
  });
  for (int i = 0; i < 20000; ++i) {
    for (const char* path : {"a/b/../secret", "a/b/../../secret", "a/b/secret"}) {
      std::optional<std::string> bytes;
      try {
        bytes = read_in_tree(tree, path);
      } catch (const Error&) {
      }
      if (bytes && *bytes != "inside") FAIL_CHECK(path);
    }
  }
  stop = true;
  mover.join();
}

}  // namespace
}  // namespace devbox::store
