#include "image/tar_writer.hpp"

#include <doctest/doctest.h>

#include <string>

#include "image/sha256.hpp"
#include "image_unpacking.hpp"

namespace devbox::image {
namespace {

using Contents = std::map<std::string, std::string>;  // of the files, by path

// Of the names of one file the first is written with its bytes.
std::string archive_of(const Entries& entries, const Contents& contents) {
  std::string bytes;
  TarWriter tar([&](std::string_view part) { bytes += part; });
  std::map<std::uint64_t, std::string> first;
  for (const auto& [path, entry] : entries) {
    if (entry.kind == EntryKind::file) {
      const auto [name, is_first] = first.emplace(entry.inode, path);
      if (!is_first) {
        tar.add_hard_link(path, name->second, entry);
        continue;
      }
    }
    tar.add(path, entry);
    if (entry.kind == EntryKind::file) tar.bytes(contents.at(path));
  }
  tar.finish();
  return bytes;
}

// A tree, put together entry by entry.
class Sample {
 public:
  Sample() { directory(""); }

  Sample& directory(const std::string& path, std::uint32_t mode = 0755, std::int64_t mtime = 1000) {
    entries[path] = {.kind = EntryKind::directory, .mode = mode, .mtime = mtime};
    return *this;
  }
  Sample& file(const std::string& path, const std::string& bytes, std::uint32_t mode = 0644,
               std::int64_t mtime = 1000) {
    entries[path] = {.kind = EntryKind::file,
                     .mode = mode,
                     .mtime = mtime,
                     .size = bytes.size(),
                     .text = sha256_of(bytes),
                     .inode = ++inode_};
    contents[path] = bytes;
    return *this;
  }
  Sample& other(const std::string& path, EntryKind kind, const std::string& text) {
    const std::uint32_t mode = kind == EntryKind::symlink ? 0777 : 0644;
    entries[path] = {.kind = kind, .mode = mode, .mtime = 1000, .text = text};
    return *this;
  }

  std::string text() const { return manifest_text(entries, Ownership::told); }

  Entries entries;
  Contents contents;

 private:
  std::uint64_t inode_ = 0;
};

// The manifest of what is unpacked from the archive of `sample`.
std::string unpacked(const Sample& sample) {
  const test::Unpacking unpacking;
  return manifest_text(unpacking.unpack(archive_of(sample.entries, sample.contents)).entries,
                       Ownership::told);
}

}  // namespace

TEST_CASE("an archive of the same entries is the same to the last byte") {
  Sample sample;
  sample.directory("bin")
      .file("bin/sh", "program", 0755)
      .other("bin/bash", EntryKind::symlink, "sh");
  const std::string first = archive_of(sample.entries, sample.contents);
  CHECK(first.size() % 512 == 0);
  CHECK(first == archive_of(sample.entries, sample.contents));
}

TEST_CASE("what is unpacked from an archive is what went in") {
  Sample sample;
  SUBCASE("files, links, directories and FIFOs") {
    sample.directory("a", 0750).file("a/file", std::string(3'000'001, 'x')).file("a/empty", "");
    sample.other("a/link", EntryKind::symlink, "../a/file").other("fifo", EntryKind::fifo, "");
  }
  SUBCASE("setuid, setgid and sticky bits") {
    sample.directory("tmp", 01777).file("su", "s", 04755).file("wall", "w", 02755);
  }
  SUBCASE("devices with their numbers") {
    sample.other("null", EntryKind::character, "1:3").other("sda", EntryKind::block, "8:0");
    sample.other("far", EntryKind::character, "4095:1048575");
  }
  SUBCASE("names of one file") {
    sample.file("a", "same").file("c", "other");
    sample.entries["b"] = sample.entries["a"];
    sample.entries["d"] = sample.entries["a"];
  }
  SUBCASE("owners beyond the seven octal digits of a field") {
    sample.file("mine", "m").file("theirs", "t");
    sample.entries["mine"].uid = 1000;
    sample.entries["mine"].gid = 100;
    sample.entries["theirs"].uid = 4'294'967'294;
    sample.entries["theirs"].gid = 2'097'152;
  }
  SUBCASE("times before 1970 and after 2242") {
    sample.file("old", "o", 0644, -86'400).file("new", "n", 0644, 9'000'000'000);
  }
  SUBCASE("names and texts of links that are long") {
    const std::string part(255, 'n');
    const std::string deep = part + "/" + part;
    sample.directory(part).directory(deep).file(deep + "/file", "deep");
    sample.other("link", EntryKind::symlink, std::string(4000, 't'));
    sample.entries["z"] = sample.entries[deep + "/file"];  // a hard link to a long name
    sample.file(std::string(100, 'e'), "100 bytes").file(std::string(99, 'f'), "99 bytes");
  }
  SUBCASE("names that are not UTF-8, or have spaces, newlines and backslashes") {
    sample.file("\xff\xfe", "bytes").directory("\xe4").other("\xe4/l", EntryKind::symlink, "\xff");
    sample.file(" a\\b\n", "text").file("-rf", "dashes").file("ü", "letters");
  }
  CHECK(unpacked(sample) == sample.text());
}

TEST_CASE("an archive has nobody's name and no time of its making") {
  Sample sample;
  sample.file("a", "x");
  const std::string bytes = archive_of(sample.entries, sample.contents);
  for (const std::size_t header : {0U, 512U}) {
    CHECK(bytes.substr(header + 136, 11) == "00000001750");          // mtime: 1000
    CHECK(bytes.substr(header + 265, 64) == std::string(64, '\0'));  // uname and gname
  }
}

TEST_CASE("what the sink throws comes out of the archive") {
  struct Full {};
  TarWriter tar([](std::string_view) { throw Full{}; });
  const Sample sample;
  tar.add("", sample.entries.at(""));
  CHECK_THROWS_AS(tar.finish(), Full);
}

}  // namespace devbox::image
