#include "store/rootfs.hpp"

#include <doctest/doctest.h>

#include "host_temporary.hpp"
#include "store_survey.hpp"

namespace devbox::store {
namespace {

using test::error_of;
using test::has_program;
using test::is_root;
using test::place_of;
using test::read_in_tree;
using test::TemporaryDirectory;

bool has_locale(const TemporaryDirectory& tree, const std::string& name) {
  return survey(tree.path(), Survey{{}, {}, name, ""}).has_locale;
}

bool has_terminfo(const TemporaryDirectory& tree, const std::string& term) {
  return survey(tree.path(), Survey{{}, {}, "", term}).has_terminfo;
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

TEST_CASE("the top is listed, and the directory above each target, sorted and with kinds") {
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
  const Rootfs rootfs = survey(tree.path(), Survey{{"/home/dev"}, {}, "", ""});
  CHECK(rootfs.places.at("/home/dev").node.kind == NodeKind::directory);
  CHECK_FALSE(rootfs.listings.contains("/home"));
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

}  // namespace
}  // namespace devbox::store
