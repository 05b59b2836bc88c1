// What is legal, however odd, and must work. What is not: image_hostile_test.cpp.
#include "image/unpack.hpp"

#include <doctest/doctest.h>

#include <string>

#include "image_compressed.hpp"
#include "image_tar.hpp"
#include "image_unpacking.hpp"

namespace devbox::image {
namespace {

using test::compressed;
using test::contains;
using test::gnu_sparse;
using test::Tar;
using test::Unpacking;

TEST_CASE("the digest of an archive's tree does not depend on how names are written") {
  const Unpacking one, two;
  const Entries plain =
      one.unpack(Tar().directory("usr").file("usr/a", "x").symlink("usr/l", "a").ended()).entries;
  const Entries odd =
      two.unpack(Tar().directory("./usr/").file("/usr//a", "x").symlink("././usr/l", "a").ended())
          .entries;
  CHECK(manifest_text(plain, Ownership::told) == manifest_text(odd, Ownership::told));
  CHECK(two.bytes("usr/a") == "x");
  CHECK(two.link("usr/l") == "a");
}

TEST_CASE("a child may come before its parent, whose metadata are then the archive's") {
  const Unpacking here;
  const Entries entries =
      here.unpack(Tar().file("a/b/c", "x").directory("a", 0700).directory("a/b", 0711).ended())
          .entries;
  CHECK(here.bytes("a/b/c") == "x");
  CHECK(entries.at("a").mode == 0700);
  CHECK(entries.at("a/b").mode == 0711);
  CHECK(here.status("a/b").st_mtime == 1'000'000'000);
}

TEST_CASE("a directory that no member names is there, as 0755") {
  const Unpacking here;
  const Entries entries = here.unpack(Tar().file("a/b", "x").ended()).entries;
  CHECK(entries.at("a").mode == 0755);
  CHECK(entries.at("a").mtime == 0);
  CHECK(entries.size() == 3);
}

TEST_CASE("directories that may not be written or read are filled") {
  const Unpacking here;
  const Entries entries = here.unpack(Tar()
                                          .directory("ro", 0555)
                                          .file("ro/a", "x", 0444)
                                          .directory("none", 0)
                                          .file("none/b", "y", 0)
                                          .directory("none/deep", 0)
                                          .file("none/deep/c", "z", 0400)
                                          .ended())
                              .entries;
  CHECK(here.bytes("ro/a") == "x");
  CHECK(entries.at("none").mode == 0);
  CHECK(entries.at("none/b").mode == 0);
  CHECK(here.mode("none") == 0500);
  CHECK(here.mode("none/b") == 0);
  CHECK(here.bytes("none/deep/c") == "z");
}

TEST_CASE("no directory on disk can be written to, and files keep their modes") {
  const Unpacking here;
  here.unpack(Tar().directory("./", 0777).directory("d", 0777).file("d/f", "x", 0666).ended());
  CHECK(here.mode("") == 0555);
  CHECK(here.mode("d") == 0555);
  CHECK(here.mode("d/f") == 0666);
}

TEST_CASE("setuid, setgid and sticky bits and devices are recorded, and not on disk") {
  const Unpacking here;
  const Unpacked found = here.unpack(Tar()
                                         .file("su", "x", 04755)
                                         .file("sg", "x", 02755)
                                         .directory("tmp", 01777)
                                         .device("null", '3', 1, 3)
                                         .device("sda", '4', 8, 0)
                                         .hard_link("zero", "null")
                                         .fifo("pipe")
                                         .ended());
  CHECK(found.entries.at("su").mode == 04755);
  CHECK(here.mode("su") == 0755);
  CHECK(found.entries.at("sg").mode == 02755);
  CHECK(here.mode("sg") == 0755);
  CHECK(found.entries.at("tmp").mode == 01777);
  CHECK(here.mode("tmp") == 0555);
  CHECK(found.entries.at("null").kind == EntryKind::character);
  CHECK(found.entries.at("null").text == "1:3");
  CHECK(found.entries.at("sda").text == "8:0");
  CHECK(found.entries.at("zero").kind == EntryKind::character);
  for (const char* name : {"null", "sda", "zero"}) CHECK_FALSE(here.has(name));
  CHECK(S_ISFIFO(here.status("pipe").st_mode));
  REQUIRE(found.notes.size() == 1);
  CHECK(contains(found.notes[0], "2 device nodes"));
}

TEST_CASE("owners are recorded, and the files are ours") {
  const Unpacking here;
  const Entries entries = here.unpack(Tar().member({.name = "f", .owner = 1234}).ended()).entries;
  CHECK(entries.at("f").uid == 1234);
  CHECK(entries.at("f").gid == 1234);
  CHECK(here.status("f").st_uid == ::geteuid());
}

TEST_CASE("long names, and names in no and in every encoding, are kept byte by byte") {
  struct {
    std::string why;
    std::string pax, name, expected;
  } const cases[] = {
      {"NAME_MAX", std::string(255, 'n'), "short", std::string(255, 'n')},
      {"not UTF-8", "", "\xff\xfe\x80", "\xff\xfe\x80"},
      {"Latin-1", "", "caf\xe9", "caf\xe9"},
      {"UTF-8 in a plain header", "", "caf\xc3\xa9", "caf\xc3\xa9"},
      {"UTF-8 in a pax header", "caf\xc3\xa9", "cafe", "caf\xc3\xa9"},
      {"decomposed UTF-8 stays so", "cafe\xcc\x81", "cafe", "cafe\xcc\x81"},
      {"beyond the BMP", "\xf0\x9f\x98\x80", "smile", "\xf0\x9f\x98\x80"},
      {"a pax name that is not UTF-8", "\xff\xfe", "short", "\xff\xfe"},
      {"a newline", "a\nb", "short", "a\nb"},
      {"an escape sequence", "", "\x1b[31mred", "\x1b[31mred"},
      {"an equals sign", "a=b", "short", "a=b"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.why);
    const Unpacking here;
    Tar tar;
    if (!c.pax.empty()) tar.pax({{"path", c.pax}});
    const Entries entries = here.unpack(tar.file(c.name, "x").ended()).entries;
    CHECK(entries.contains(c.expected));
    CHECK(here.bytes(c.expected) == "x");
  }
}

TEST_CASE("links may dangle, loop, and lead anywhere: nothing follows them") {
  const Unpacking here;
  here.unpack(Tar()
                  .symlink("dangling", "no/such/name")
                  .symlink("loop", "loop")
                  .symlink("one", "two")
                  .symlink("two", "one")
                  .symlink("up", "../../../..")
                  .symlink("out", here.outside() + "/secret")
                  .ended());
  CHECK(here.link("dangling") == "no/such/name");
  CHECK(here.link("loop") == "loop");
  CHECK(here.link("up") == "../../../..");
  CHECK(here.link("out") == here.outside() + "/secret");
  here.check_outside();
}

TEST_CASE("hard links are other names of a file, whichever name sorts first") {
  const Unpacking here;
  const Entries entries = here.unpack(Tar()
                                          .file("m", "x")
                                          .hard_link("z", "m")
                                          .hard_link("a", "./m")
                                          .hard_link("dir/n", "/z")
                                          .hard_link("m", "m")
                                          .symlink("l", "m")
                                          .hard_link("k", "l")
                                          .ended())
                              .entries;
  CHECK(here.status("m").st_nlink == 4);
  for (const char* name : {"a", "z", "dir/n"}) {
    CHECK(here.status(name).st_ino == here.status("m").st_ino);
    CHECK(entries.at(name).inode == entries.at("m").inode);
  }
  CHECK(here.link("k") == "m");  // of a link: the link itself
  CHECK(here.status("k").st_nlink == 2);
}

TEST_CASE("of names that come twice the last wins") {
  const Unpacking here;
  const Unpacked found = here.unpack(Tar()
                                         .file("f", "first and longer", 0600)
                                         .file("f", "last", 0640)
                                         .file("dir", "a file")
                                         .directory("dir")
                                         .file("dir/x", "x")
                                         .directory("gone")
                                         .directory("gone/deep")
                                         .file("gone/deep/x", "x")
                                         .file("gone-not", "stays")
                                         .file("gone0", "stays")
                                         .file("gone", "a file")
                                         .directory("back")
                                         .file("back/old", "x")
                                         .file("back", "x")
                                         .directory("back")
                                         .file("back/new", "x")
                                         .device("dev", '3', 1, 3)
                                         .file("dev", "a file")
                                         .symlink("link", "f")
                                         .directory("link")
                                         .file("link/x", "x")
                                         .ended());
  CHECK(here.bytes("f") == "last");
  CHECK(found.entries.at("f").mode == 0640);
  CHECK(here.bytes("dir/x") == "x");
  CHECK(here.bytes("gone") == "a file");
  CHECK_FALSE(found.entries.contains("gone/deep/x"));
  CHECK_FALSE(found.entries.contains("gone/deep"));
  CHECK(here.bytes("gone-not") == "stays");
  CHECK(here.bytes("gone0") == "stays");
  CHECK(here.bytes("back/new") == "x");
  CHECK_FALSE(here.has("back/old"));
  CHECK(here.bytes("dev") == "a file");
  CHECK(found.entries.at("dev").kind == EntryKind::file);
  CHECK(here.bytes("link/x") == "x");
}

TEST_CASE("a directory that comes twice keeps what is in it") {
  const Unpacking here;
  const Entries entries =
      here.unpack(Tar().directory("d", 0700).file("d/f", "x").directory("d", 0711).ended()).entries;
  CHECK(here.bytes("d/f") == "x");
  CHECK(entries.at("d").mode == 0711);
}

TEST_CASE("the other name of a file stays what it was where the first is replaced") {
  const Unpacking here;
  const Entries entries =
      here.unpack(Tar().file("a", "old").hard_link("b", "a").file("a", "new").ended()).entries;
  CHECK(here.bytes("a") == "new");
  CHECK(here.bytes("b") == "old");
  CHECK(entries.at("a").inode != entries.at("b").inode);
}

TEST_CASE("a sparse file has its holes, and the digest of its zeros") {
  const Unpacking sparse, plain;
  const std::string holes(100'000, '\0');
  const std::string archive = gnu_sparse("f", {{Tar::octal(100'000, 11), Tar::octal(3, 11)}},
                                         Tar::octal(200'003, 11), "abc") +
                              Tar().ended();
  const Entries found = sparse.unpack(archive).entries;
  const Entries same = plain.unpack(Tar().file("f", holes + "abc" + holes).ended()).entries;
  CHECK(found.at("f").size == 200'003);
  CHECK(found.at("f").text == same.at("f").text);
  CHECK(sparse.status("f").st_size == 200'003);
  CHECK(sparse.status("f").st_blocks < plain.status("f").st_blocks);
}

TEST_CASE("two thousand directories in each other are unpacked") {
  const Unpacking here;
  std::string path;
  for (int i = 0; i < 2000; ++i) path += "d/";
  const Entries entries =
      here.unpack(Tar().pax({{"path", path + "f"}}).file("f", "x").ended()).entries;
  CHECK(entries.size() == 2002);
  CHECK(entries.contains(path + "f"));
}

TEST_CASE("the tree is the same however the archive is compressed") {
  const std::string archive = Tar().directory("d").file("d/f", std::string(100'000, 'x')).ended();
  const Unpacking plain;
  const std::string expected = manifest_text(plain.unpack(archive).entries, Ownership::told);
  for (const auto filter : {&archive_write_add_filter_gzip, &archive_write_add_filter_xz,
                            &archive_write_add_filter_zstd, &archive_write_add_filter_bzip2}) {
    const Unpacking here;
    const Entries entries = here.unpack(compressed(archive, filter)).entries;
    CHECK(manifest_text(entries, Ownership::told) == expected);
  }
}

TEST_CASE("an archive that is compressed twice is refused") {
  const std::string once = compressed(Tar().file("f").ended(), &archive_write_add_filter_gzip);
  for (const auto filter : {&archive_write_add_filter_gzip, &archive_write_add_filter_xz,
                            &archive_write_add_filter_zstd, &archive_write_add_filter_bzip2}) {
    const std::string twice = compressed(once, filter);
    const Unpacking here;
    const Error error = test::error_of([&] { here.unpack(twice); });
    CHECK(contains(error.message(), "compressed more than once"));
  }
}

}  // namespace
}  // namespace devbox::image
