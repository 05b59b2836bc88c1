#include "store/rootfs.hpp"

#include <doctest/doctest.h>
#include <sys/wait.h>

#include <atomic>
#include <cstring>
#include <thread>

#include "host_temporary.hpp"
#include "store/tree.hpp"

namespace devbox::store {
namespace {

using test::error_of;
using test::is_root;
using test::TemporaryDirectory;

Place place_of(const TemporaryDirectory& tree, const std::string& path) {
  return survey(tree.path(), Survey{{path}, {}, "", ""}).places.at(path);
}

bool has_program(const TemporaryDirectory& tree, const std::string& path) {
  return survey(tree.path(), Survey{{}, {path}, "", ""}).programs.at(path);
}

bool has_locale(const TemporaryDirectory& tree, const std::string& name) {
  return survey(tree.path(), Survey{{}, {}, name, ""}).has_locale;
}

bool has_terminfo(const TemporaryDirectory& tree, const std::string& term) {
  return survey(tree.path(), Survey{{}, {}, "", term}).has_terminfo;
}

std::ptrdiff_t open_descriptors() {
  const std::filesystem::directory_iterator first("/proc/self/fd");
  return std::distance(first, std::filesystem::directory_iterator());
}

TEST_CASE("a name that the tree holds is where it was asked, with its kind") {
  const TemporaryDirectory tree;
  tree.directory("home/dev");
  tree.file("etc/hosts");
  tree.fifo("run/pipe");
  CHECK(place_of(tree, "/home/dev").node.kind == NodeKind::directory);
  CHECK(place_of(tree, "/home/dev").path == "/home/dev");
  CHECK(place_of(tree, "/home/dev").parent == "/home");
  CHECK(place_of(tree, "/etc/hosts").node.kind == NodeKind::file);
  CHECK(place_of(tree, "/run/pipe").node.kind == NodeKind::other);
  CHECK(place_of(tree, "/").node.kind == NodeKind::directory);
  CHECK(place_of(tree, "/").path == "/");
  CHECK(place_of(tree, "/").parent == "/");
}

TEST_CASE("a path is taken as the kernel does, dots and slashes too") {
  const TemporaryDirectory tree;
  tree.directory("a/b");
  tree.link("down", "a/b");
  CHECK(place_of(tree, "//a/./b/").path == "/a/b");
  CHECK(place_of(tree, "/a/../a/b/..").path == "/a");
  CHECK(place_of(tree, "/down/../x").path == "/a/x");  // not "/x", which text alone would say
}

TEST_CASE("of a missing name the deepest directory that exists is told") {
  const TemporaryDirectory tree;
  tree.directory("opt");
  tree.file("etc/passwd");
  const Place place = place_of(tree, "/opt/sdk/linux/bin");
  CHECK(place.node.kind == NodeKind::missing);
  CHECK(place.path == "/opt/sdk/linux/bin");
  CHECK(place.parent == "/opt");
  CHECK(place_of(tree, "/new").parent == "/");
  CHECK(place_of(tree, "/etc/passwd/x/y").parent == "/etc");  // a file is no directory
  CHECK(place_of(tree, "/etc/passwd/x/y").node.kind == NodeKind::missing);
}

TEST_CASE("links above the last component are followed, the last one is not") {
  const TemporaryDirectory tree;
  tree.directory("var/home");
  tree.directory("run");
  tree.link("home", "var/home");
  tree.link("var/run", "/run");
  tree.link("etc/mtab", "/proc/mounts");
  CHECK(place_of(tree, "/home/dev").path == "/var/home/dev");
  CHECK(place_of(tree, "/home/dev").parent == "/var/home");
  CHECK(place_of(tree, "/var/run/x").path == "/run/x");
  const Place link = place_of(tree, "/etc/mtab");
  CHECK(link.path == "/etc/mtab");
  CHECK(link.node.kind == NodeKind::symlink);
  CHECK(link.node.link == "/proc/mounts");
}

TEST_CASE("a link that dangles leads to what would have to be made") {
  const TemporaryDirectory tree;
  tree.directory("var");
  tree.link("home", "/var/lib/home");
  const Place place = place_of(tree, "/home/dev");
  CHECK(place.path == "/var/lib/home/dev");
  CHECK(place.parent == "/var");
  CHECK(place.node.kind == NodeKind::missing);
  tree.directory("real");
  tree.link("up", "missing/../real");
  CHECK(place_of(tree, "/up/x").path == "/real/x");
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

TEST_CASE("the top is listed, and every directory that lacks a name, sorted and with kinds") {
  const TemporaryDirectory tree;
  tree.directory("usr");
  tree.directory("etc/sub");
  tree.file("etc/file");
  tree.fifo("etc/fifo");
  tree.link("bin", "usr/bin");
  const Rootfs rootfs = survey(tree.path(), Survey{{"/etc/new", "/etc/sub"}, {}, "", ""});
  REQUIRE(rootfs.listings.size() == 2);
  const std::vector<Entry>& top = rootfs.listings.at("/");
  REQUIRE(top.size() == 3);
  CHECK(top[0].name == "bin");
  CHECK(top[0].node.link == "usr/bin");
  CHECK(top[1].name == "etc");
  CHECK(top[2].name == "usr");
  const std::vector<Entry>& etc = rootfs.listings.at("/etc");
  REQUIRE(etc.size() == 3);
  CHECK(etc[0].node.kind == NodeKind::other);
  CHECK(etc[1].node.kind == NodeKind::file);
  CHECK(etc[2].node.kind == NodeKind::directory);
}

TEST_CASE("who needs no lists of what lacks a name pays for the top alone") {
  const TemporaryDirectory tree;
  tree.directory("etc");
  Survey asked{{"/etc/new"}, {}, "", ""};
  asked.listings = Listings::top;
  const Rootfs rootfs = survey(tree.path(), asked);
  CHECK(rootfs.listings.size() == 1);
  CHECK(rootfs.places.at("/etc/new").parent == "/etc");
}

TEST_CASE("a directory that may be entered but not listed stops only who lacks a name in it") {
  if (is_root()) return;  // whom no mode stops
  const TemporaryDirectory tree;
  tree.directory("home/dev");
  tree.directory("home", 0311);
  CHECK(place_of(tree, "/home/dev").node.kind == NodeKind::directory);
  CHECK(error_of([&] { place_of(tree, "/home/ann"); }).message() ==
        "image.source: cannot list /home in the tree " + tree.path() + ": Permission denied");
  tree.directory("home", 0);
  CHECK_THROWS_AS(place_of(tree, "/home/dev"), Error);
  CHECK_FALSE(has_program(tree, "/home/dev"));
  CHECK_THROWS_AS(read_in_tree(tree.path(), "home/x"), Error);
  tree.file("shadow", "x", 0);
  CHECK(error_of([&] { read_in_tree(tree.path(), "shadow"); }).message() ==
        "image.source: cannot read shadow in the tree " + tree.path() + ": Permission denied");
}

TEST_CASE("the tree is named with its links followed, and its owner is told") {
  const TemporaryDirectory here;
  here.directory("tree");
  here.link("link", "tree");
  const Rootfs rootfs = survey(here.at("link/."), {});
  CHECK(rootfs.directory == here.at("tree"));
  CHECK(rootfs.owner == ::geteuid());
}

TEST_CASE("what is no tree is refused with a hint") {
  const TemporaryDirectory here;
  const Error missing = error_of([&] { survey(here.at("x"), {}); });
  CHECK(missing.message() == "image.source: " + here.at("x") + " is not there");
  CHECK_FALSE(missing.hint().empty());
  const std::string file = here.file("file");
  CHECK(error_of([&] { survey(file, {}); }).message() ==
        "image.source: " + file + " is not a directory");
  here.link("loop", "loop");
  CHECK(error_of([&] { survey(here.at("loop"), {}); }).message() ==
        "image.source: cannot open " + here.at("loop") + ": Too many levels of symbolic links");
  CHECK_THROWS_AS(survey("", {}), Error);
}

TEST_CASE("a program is a regular file that somebody may execute, through links") {
  const TemporaryDirectory tree;
  tree.file("usr/bin/bash", "", 0755);
  tree.file("usr/bin/data", "", 0644);
  tree.file("usr/bin/one", "", 0100);
  tree.link("bin", "usr/bin");
  tree.link("usr/bin/sh", "/bin/bash");
  tree.link("usr/bin/gone", "nothing");
  tree.fifo("usr/bin/fifo");
  CHECK(has_program(tree, "/bin/sh"));
  CHECK(has_program(tree, "/bin/one"));
  CHECK_FALSE(has_program(tree, "/bin/data"));
  CHECK_FALSE(has_program(tree, "/bin/gone"));
  CHECK_FALSE(has_program(tree, "/bin/fifo"));
  CHECK_FALSE(has_program(tree, "/bin"));
  CHECK_FALSE(has_program(tree, "/bin/bash/x"));
}

TEST_CASE("a locale is there as a directory, under either spelling") {
  const TemporaryDirectory tree;
  CHECK(has_locale(tree, ""));
  CHECK(has_locale(tree, "C.UTF-8"));
  CHECK_FALSE(has_locale(tree, "en_US.UTF-8"));
  tree.directory("usr/lib/locale/en_US.utf8");
  CHECK(has_locale(tree, "en_US.UTF-8"));
  tree.directory("usr/lib/locale/de_DE.UTF-8");
  CHECK(has_locale(tree, "de_DE.UTF-8"));
  tree.directory("evil");
  CHECK_FALSE(has_locale(tree, "../../../evil"));
  CHECK_FALSE(has_locale(tree, ".."));
}

std::string archive(const std::string& names) {
  std::uint32_t fields[14] = {0xde020109};
  fields[5] = 100;
  fields[6] = fields[7] = static_cast<std::uint32_t>(names.size());
  std::string bytes(reinterpret_cast<const char*>(fields), sizeof fields);
  bytes.resize(100);
  return bytes + names;
}

TEST_CASE("a locale is there as a name in the archive") {
  const TemporaryDirectory tree;
  tree.file("usr/lib/locale/locale-archive", archive(std::string("de_DE.utf8\0en_US.utf8\0", 22)));
  CHECK(has_locale(tree, "en_US.UTF-8"));
  CHECK_FALSE(has_locale(tree, "fr_FR.UTF-8"));
}

TEST_CASE("an archive of garbage holds no locale") {
  const TemporaryDirectory tree;
  for (const std::string& bytes :
       {std::string(), std::string("x"), std::string(200, '\xff'), archive("en_US.utf8"),
        archive(std::string("en_US.utf8\0", 11)).substr(0, 105)}) {
    tree.file("usr/lib/locale/locale-archive", bytes);
    CHECK_FALSE(has_locale(tree, "en_US.UTF-8"));
  }
  std::filesystem::remove(tree.at("usr/lib/locale/locale-archive"));
  tree.fifo("usr/lib/locale/locale-archive");
  CHECK_FALSE(has_locale(tree, "en_US.UTF-8"));
}

TEST_CASE("a terminfo entry is found in any of the tree's places") {
  for (const char* entry : {"etc/terminfo/f/foot", "lib/terminfo/f/foot",
                            "usr/lib/terminfo/66/foot", "usr/share/terminfo/f/foot"}) {
    const TemporaryDirectory tree;
    CHECK_FALSE(has_terminfo(tree, "foot"));
    tree.file(entry);
    CHECK_MESSAGE(has_terminfo(tree, "foot"), entry);
  }
  const TemporaryDirectory tree;
  CHECK(has_terminfo(tree, ""));
  CHECK(has_terminfo(tree, "../x"));  // names no entry: nothing to bring
  tree.directory("etc/terminfo/f/foot");
  CHECK_FALSE(has_terminfo(tree, "foot"));
}

TEST_CASE("a small file of the tree is read through links, and nothing else is") {
  const TemporaryDirectory tree;
  tree.file("usr/etc/passwd", "root:x:0:0\n");
  tree.link("etc", "/usr/etc");
  tree.fifo("fifo");
  tree.file("long", std::string(1024 * 1024 + 1, 'x'));
  tree.file("limit", std::string(1024 * 1024, 'x'));
  CHECK(read_in_tree(tree.path(), "etc/passwd") == "root:x:0:0\n");
  CHECK(read_in_tree(tree.path(), "/etc/passwd") == "root:x:0:0\n");
  CHECK(read_in_tree(tree.path(), "limit")->size() == 1024 * 1024);
  CHECK_FALSE(read_in_tree(tree.path(), "etc/group"));
  CHECK_FALSE(read_in_tree(tree.path(), "etc"));
  CHECK_FALSE(read_in_tree(tree.path(), "fifo"));
  CHECK_FALSE(read_in_tree(tree.path(), "long"));
  CHECK_FALSE(read_in_tree(tree.path(), "etc/passwd/x"));
  CHECK_FALSE(read_in_tree(tree.path(), std::string("etc/passwd\0x", 12)));
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
  here.directory("elsewhere");
  const std::string tree = here.at("tree");
  std::atomic<bool> stop = false;
  // A directory on the way is moved out of the tree and back: ".." by the kernel's reckoning would
  // then be the directory above the tree. And a link takes a directory's place.
  std::thread mover([&] {
    while (!stop) {
      ::rename((tree + "/a/b").c_str(), here.at("elsewhere/b").c_str());
      ::symlink("../../..", (tree + "/a/b").c_str());
      ::unlink((tree + "/a/b").c_str());
      ::rename(here.at("elsewhere/b").c_str(), (tree + "/a/b").c_str());
    }
  });
  for (int i = 0; i < 20000; ++i) {
    for (const char* path : {"a/b/../../secret", "a/b/../../../secret", "a/b/secret"}) {
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
