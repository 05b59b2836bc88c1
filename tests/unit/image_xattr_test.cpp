#include "image/xattr.hpp"

#include <doctest/doctest.h>
#include <sys/xattr.h>

#include <cerrno>
#include <string>

#include "image/limits.hpp"
#include "image/read_manifest.hpp"
#include "image/verify.hpp"
#include "image_unpacking.hpp"

namespace devbox::image {
namespace {

using test::contains;
using test::error_of;
using test::Tar;
using test::Unpacking;

// cap_net_raw=ep (linux/capability.h, struct vfs_cap_data of revision 2).
const std::string kCapability("\x01\0\0\x02\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);

Tar with(const std::vector<std::pair<std::string, std::string>>& xattrs) {
  std::vector<std::pair<std::string, std::string>> records;
  for (const auto& [name, value] : xattrs) records.emplace_back("SCHILY.xattr." + name, value);
  Tar tar;
  tar.pax(records);
  return tar;
}

// What is there, of what user.* has; std::nullopt where the file system keeps none.
std::optional<Xattrs> there(const std::string& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  REQUIRE(fd);
  const auto found = xattrs_of(fd.get());
  REQUIRE(found.err == 0);
  return found.value;
}

std::string lines_of(const Unpacking& unpacking, const Tar& tar) {
  return manifest_text(unpacking.unpack(tar.ended()).entries, Ownership::told);
}

}  // namespace

TEST_CASE("which attributes a tree has") {
  struct {
    std::string why;
    EntryKind kind;
    std::string name;
    bool recorded;
  } const cases[] = {
      {"data of a file's", EntryKind::file, "user.mime_type", true},
      {"and of a directory's", EntryKind::directory, "user.origin", true},
      {"the kernel allows none on a link", EntryKind::symlink, "user.origin", false},
      {"nor on a FIFO", EntryKind::fifo, "user.origin", false},
      {"what a program may do", EntryKind::file, "security.capability", true},
      {"which a directory is not", EntryKind::directory, "security.capability", false},
      {"an overlay would obey it", EntryKind::directory, "user.overlay.opaque", false},
      {"and root's", EntryKind::directory, "trusted.overlay.opaque", false},
      {"a label of another policy", EntryKind::file, "security.selinux", false},
      {"a signature by another key", EntryKind::file, "security.ima", false},
      {"it names users of another machine", EntryKind::file, "system.posix_acl_access", false},
      {"no name is that short", EntryKind::file, "user.", false},
      {"the longest", EntryKind::file, "user." + std::string(250, 'n'), true},
      {"longer than a name can be", EntryKind::file, "user." + std::string(251, 'n'), false},
      {"what no archive can say", EntryKind::file, "user.a=b", false},
      {"no name space", EntryKind::file, "mime_type", false},
  };
  for (const auto& c : cases) {
    CAPTURE(c.why);
    CHECK(is_recorded(c.kind, c.name) == c.recorded);
  }
}

TEST_CASE(
    "a line says the attributes after the path, sorted by name, and only where there are any") {
  Entries entries;
  entries[""] = {.kind = EntryKind::directory, .mode = 0755, .text = {}};
  entries["d"] = {.kind = EntryKind::directory, .mode = 0755, .text = {}, .inode = 1};
  entries["d"].xattrs = {{"user.\xc3\xa9", "="}, {"user.empty", ""}, {"user.text", ". \n"}};
  const std::string text = manifest_text(entries, Ownership::told);
  CHECK(text ==
        "devbox-manifest 1\n"
        "d 0755 0 0 0 .\n"
        "d 0755 0 0 0 d user.\\xc3\\xa9== user.empty= user.text=.\\x20\\x0a\n");
  // Sorted by bytes, 0xc3 comes after 'e'.
  CHECK(
      contains(error_of([&] { read_manifest(text); }).message(), "an extended attribute that no"));
  std::swap(entries["d"].xattrs[0], entries["d"].xattrs[1]);
  std::swap(entries["d"].xattrs[1], entries["d"].xattrs[2]);
  const std::string sorted = manifest_text(entries, Ownership::told);
  CHECK(read_manifest(sorted).at("d").xattrs == entries["d"].xattrs);
}

TEST_CASE("a manifest whose attributes no tree can have is refused") {
  const std::string head = "devbox-manifest 1\nd 0755 0 0 0 .\n";
  const std::string directory = "d 0755 0 0 0 a ";
  std::string many = directory;
  for (std::size_t i = 0; i <= kMostXattrs; ++i)
    many += (i == 0 ? "user." : " user.") + std::to_string(1000 + i) + "=";
  struct {
    std::string why, line;
  } const cases[] = {
      {"a name twice", directory + "user.a=1 user.a=2"},
      {"out of order", directory + "user.b=1 user.a=2"},
      {"one that is not recorded", directory + "trusted.a=1"},
      {"one of what cannot have it", "p 0755 0 0 0 a user.a=1"},
      {"no name", directory + "=1"},
      {"an escape that is cut", directory + "user.a=\\x0"},
      {"a NUL in a name", directory + "user.a\\x00=1"},
      {"too long a value", directory + "user.a=" + std::string(kMostXattrValue + 1, 'v')},
      {"too many", many},
  };
  for (const auto& c : cases) {
    CAPTURE(c.why);
    const Error error = error_of([&] { read_manifest(head + c.line + "\n"); });
    CHECK_MESSAGE(contains(error.message(), "an extended attribute that no tree has (line 3)"),
                  error.message());
  }
  CHECK(contains(error_of([&] { read_manifest(head + directory + "user.a=\\x61\n"); }).message(),
                 "in the form that it must have"));
}

TEST_CASE("a link to its own directory is read back as one") {
  const std::string text = "devbox-manifest 1\nd 0755 0 0 0 .\nl 0777 0 0 0 . X11\n";
  CHECK(read_manifest(text).at("X11").text == ".");
  CHECK(manifest_text(read_manifest(text), Ownership::told) == text);
}

TEST_CASE("attributes of an archive are recorded, and a user's are on disk too") {
  const Unpacking unpacking;
  const std::string binary("\0\xff=\n", 4);
  Tar tar = with({{"user.b", binary}, {"security.capability", kCapability}, {"user.a", ""}});
  tar.file("ping", "ping", 0555);
  tar.pax({{"SCHILY.xattr.user.d", "directory"}}).directory("d", 0500);
  tar.pax({{"SCHILY.xattr.user.root", "tree"}}).directory("./");
  const std::string text = lines_of(unpacking, tar);
  CHECK(contains(text, " . user.root=tree\n"));
  CHECK(contains(text, " d user.d=directory\n"));
  CHECK(
      contains(text,
               " ping security.capability=\\x01\\x00\\x00\\x02\\x00\\x20\\x00\\x00\\x00\\x00\\x00"
               "\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00 user.a= user.b=\\x00\\xff=\\x0a\n"));
  if (!there(unpacking.at("ping"))) return;  // a tmpfs before Linux 6.6
  CHECK(there(unpacking.at("ping")) == Xattrs{{"user.a", ""}, {"user.b", binary}});
  CHECK(there(unpacking.at("d")) == Xattrs{{"user.d", "directory"}});
  CHECK(there(unpacking.root_path()) == Xattrs{{"user.root", "tree"}});
  char value[64];
  CHECK(::getxattr(unpacking.at("ping").c_str(), "security.capability", value, sizeof value) < 0);
}

TEST_CASE("of an attribute that is said twice the last counts, and of a file") {
  const Unpacking unpacking;
  Tar tar = with({{"user.a", "first"}, {"user.a", "last"}});
  tar.file("f").pax({{"SCHILY.xattr.user.a", "before"}}).file("g", "1").file("g", "2");
  const std::string text = lines_of(unpacking, tar);
  CHECK(contains(text, " f user.a=last\n"));
  CHECK(contains(text, " g\n"));
  if (there(unpacking.at("g"))) CHECK(there(unpacking.at("g"))->empty());
}

TEST_CASE("attributes that no tree has are left out, with a note") {
  const Unpacking unpacking;
  Tar tar = with({{"user.overlay.opaque", "y"}, {"trusted.x", "1"}, {"security.selinux", "label"}});
  tar.directory("d").pax({{"SCHILY.xattr.user.a", "1"}}).symlink("l", "d");
  const Unpacked found = unpacking.unpack(tar.ended());
  CHECK(found.entries.at("d").xattrs.empty());
  CHECK(found.entries.at("l").xattrs.empty());
  REQUIRE(found.notes.size() == 1);
  CHECK(contains(found.notes[0], "4 extended attributes are left out"));
}

TEST_CASE("more attributes than a file can have are refused") {
  std::vector<std::pair<std::string, std::string>> many;
  for (std::size_t i = 0; i <= kMostXattrs; ++i) many.emplace_back("user." + std::to_string(i), "");
  std::string all;
  for (std::size_t i = 0; i <= kMostXattrBytes / kMostXattrValue; ++i) {
    Tar one = with({{"user.a", std::string(kMostXattrValue, 'v')}});
    all += one.file(std::to_string(i)).unended();
  }
  for (const std::string& archive :
       {with(many).file("f").ended(),
        with({{"user.a", std::string(kMostXattrValue + 1, 'v')}}).file("f").ended(),
        all + Tar().ended()}) {
    const Unpacking unpacking;
    const Error error = error_of([&] { unpacking.unpack(archive); });
    CHECK_MESSAGE(contains(error.message(), "more in extended attributes than there can be"),
                  error.message());
  }
}

TEST_CASE("what no file system has room for is recorded, and not set") {
  const Unpacking unpacking;
  const std::string large(kMostXattrValue, 'v');
  const Unpacked found = unpacking.unpack(with({{"user.a", large}}).file("f").ended());
  CHECK(found.entries.at("f").xattrs == Xattrs{{"user.a", large}});
  CHECK(xattrs_on_disk(found.entries.at("f")).empty());
  if (there(unpacking.at("f"))) CHECK(there(unpacking.at("f"))->empty());
}

TEST_CASE("attributes that were changed on disk are found, and those that came") {
  const Unpacking unpacking;
  Tar tar;
  tar.pax({{"SCHILY.xattr.user.a", "1"}}).file("f").file("g").hard_link("h", "g");
  const Entries entries =
      read_manifest(manifest_text(unpacking.unpack(tar.ended()).entries, Ownership::told));
  if (!there(unpacking.at("f"))) return;  // a tmpfs before Linux 6.6
  const auto found = [&] {
    const Fd root(::open(unpacking.root_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    std::string text;
    for (const Difference& difference :
         verify(root.get(), entries, Belongs::to_user, [](std::uint64_t) {}).differences)
      text += difference.path + ":" + difference.what.at(0) + " ";
    return text;
  };
  const auto set = [&](const std::string& name, const char* value) {
    return ::setxattr(unpacking.at(name).c_str(), "user.a", value, 1, 0);
  };
  CHECK(found().empty());
  REQUIRE(set("f", "2") == 0);
  CHECK(found() == "f:xattrs ");
  REQUIRE(set("f", "1") == 0);
  REQUIRE(::chmod(unpacking.root_path().c_str(), 0755) == 0);
  REQUIRE((set("g", "1") == 0 && set("", "1") == 0));
  REQUIRE(::chmod(unpacking.root_path().c_str(), 0555) == 0);
  CHECK(found() == ":xattrs g:xattrs h:xattrs ");
}

}  // namespace devbox::image
