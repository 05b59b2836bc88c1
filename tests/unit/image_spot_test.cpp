#include "image/spot.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <doctest/doctest.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "image_compressed.hpp"
#include "image_elf.hpp"
#include "image_tar.hpp"

namespace devbox::image {
namespace {

using test::compressed;
using test::ElfImage;
using test::Tar;

Spot spot(const std::string& a, const std::string& b, Allowance allowance = {}) {
  const MemoryBytes bytes_a(a);
  const MemoryBytes bytes_b(b);
  const auto found = first_difference(bytes_a, bytes_b, Count::no);
  REQUIRE(found);
  return spot_of(bytes_a, bytes_b, found->offset, allowance);
}

std::string where(const std::string& a, const std::string& b) { return spot(a, b).where; }

std::string text(const std::string& a, const std::string& b) {
  const Spot found = spot(a, b);
  return found.text ? (*found.text)[0] + " / " + (*found.text)[1] : "none";
}

struct File {
  std::string name;
  std::string bytes;
  std::int64_t time = 1'000'000'000;
};

// By libarchive: `format` is archive_write_set_format_zip or one of its kin.
std::string packed(int (*format)(struct archive*), const std::vector<File>& files) {
  struct archive* a = archive_write_new();
  REQUIRE(format(a) == ARCHIVE_OK);
  REQUIRE(archive_write_set_bytes_in_last_block(a, 1) == ARCHIVE_OK);
  std::string out(std::size_t{1} << 22U, '\0');
  std::size_t used = 0;
  REQUIRE(archive_write_open_memory(a, out.data(), out.size(), &used) == ARCHIVE_OK);
  for (const File& file : files) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, file.name.c_str());
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_mtime(entry, file.time, 0);
    archive_entry_set_size(entry, static_cast<la_int64_t>(file.bytes.size()));
    REQUIRE(archive_write_header(a, entry) == ARCHIVE_OK);
    REQUIRE(archive_write_data(a, file.bytes.data(), file.bytes.size()) ==
            static_cast<la_ssize_t>(file.bytes.size()));
    archive_entry_free(entry);
  }
  REQUIRE(archive_write_free(a) == ARCHIVE_OK);
  out.resize(used);
  return out;
}

std::string elf(const std::string& rodata) {
  return ElfImage()
      .data(".note.gnu.build-id", "id of " + rodata)
      .code(".text", "code")
      .data(".rodata", rodata)
      .bytes();
}

TEST_CASE("in an ELF file the section is named, and the build id is not taken for the cause") {
  const std::string a = elf("Jan 1");
  const std::string b = elf("Jan 2");
  CHECK(where(a, b) == "section .note.gnu.build-id, and in section .rodata");
  CHECK(text(a, b) == "Jan 1 / Jan 2");
  const std::string c = ElfImage().data(".rodata", "same").data(".comment", "GCC 1").bytes();
  const std::string d = ElfImage().data(".rodata", "same").data(".comment", "GCC 2").bytes();
  CHECK(where(c, d) == "section .comment");
}

TEST_CASE("a section that has grown or gone is named where the first offset is in the header") {
  const std::string a = ElfImage().code(".text", "code").data(".rodata", "/b/1").bytes();
  const std::string b = ElfImage().code(".text", "code").data(".rodata", "/b/22").bytes();
  CHECK(where(a, b) == "ELF header, and in section .rodata");
  CHECK(text(a, b) == "/b/1 / /b/22");
  const std::string c = ElfImage().code(".text", "code").bytes();
  CHECK(where(a, c).starts_with("ELF header, and in section .rodata, which is only in the first"));
}

TEST_CASE("one byte of a known section of a real program is found there") {
  static const char kMark[] = "a text that this program has once: 2024-01-01";
  std::ifstream self("/proc/self/exe", std::ios::binary);
  const std::string a{std::istreambuf_iterator<char>(self), {}};
  const std::string mark = kMark;
  const std::size_t at = a.find(mark);
  REQUIRE(at != std::string::npos);
  std::string b = a;
  b[at + mark.size() - 1] = '2';
  const Spot found = spot(a, b);
  CHECK(found.where == "section .rodata");
  REQUIRE(found.text);
  CHECK((*found.text)[0].find("2024-01-01") != std::string::npos);
  CHECK((*found.text)[1].find("2024-01-02") != std::string::npos);
}

TEST_CASE("of an archive of each kind the member whose content differs is named") {
  int (*const formats[])(struct archive*) = {
      archive_write_set_format_ar_svr4, archive_write_set_format_gnutar,
      archive_write_set_format_zip, archive_write_set_format_cpio_newc};
  for (std::size_t i = 0; i < std::size(formats); ++i) {
    CAPTURE(i);
    const std::string a = packed(formats[i], {{"x", "same"}, {"foo.o", elf("Jan 1")}});
    const std::string b = packed(formats[i], {{"x", "same"}, {"foo.o", elf("Jan 2")}});
    CHECK(where(a, b) == "member foo.o, section .note.gnu.build-id, and in section .rodata");
    CHECK(text(a, b) == "Jan 1 / Jan 2");
    const std::string c =
        packed(formats[i], {{"x", "same"}, {"foo.o", elf("Jan 1"), 1'100'000'000}});
    CHECK(where(a, c) == "time of member foo.o");
  }
}

TEST_CASE("a member's time, and the content of another, are both told") {
  const std::string a = Tar().file("x", "1").file("y", "2").ended();
  const std::string b =
      Tar().member({.name = "x", .bytes = "1", .mtime = 1}).file("y", "3").ended();
  CHECK(where(a, b) == "time of member x, and in member y");
  const std::string c =
      Tar().member({.name = "x", .bytes = "1", .mtime = 1}).file("y", "2").ended();
  CHECK(text(a, c) == "2001-09-09 01:46:40 / 1970-01-01 00:00:01");
}

TEST_CASE("what else a member's head says is told, and not how it is written") {
  const std::string a = Tar().file("x", "1").symlink("l", "to").ended();
  const auto differs = [&](const Tar& other) { return where(a, other.ended()); };
  CHECK(differs(Tar().file("x", "1", 0755).symlink("l", "to")) == "mode of member x");
  CHECK(differs(Tar().member({.name = "x", .bytes = "1", .owner = 7}).symlink("l", "to")) ==
        "owner of member x");
  CHECK(differs(Tar().file("x", "1").symlink("l", "from")) == "link of member l");
  CHECK(differs(Tar().file("x", "1").directory("l", 0777)) == "kind of member l");
  CHECK(where(a, a + std::string(512, '\0')) ==
        "compression or padding: all that is within is the same");
}

TEST_CASE("members in another order, and those that one archive lacks, are told from each other") {
  const std::string a = Tar().file("a").file("b").file("c").ended();
  CHECK(where(a, Tar().file("b").file("a").file("c").ended()) == "order of members: a before b");
  CHECK(where(a, Tar().file("a").file("c").ended()) == "member b, which is only in the first");
  CHECK(where(a, Tar().file("a").file("b").ended()) == "member c, which is only in the first");
  CHECK(where(a, Tar().file("a").file("b2").file("b").file("c").ended()) ==
        "member b2, which is only in the second");
}

TEST_CASE("a compressed archive is compared by its members, whatever compressed it") {
  const std::string a = Tar().file("x", "made Jan 1").ended();
  const std::string b = Tar().file("x", "made Jan 2").ended();
  for (const auto filter : {archive_write_add_filter_gzip, archive_write_add_filter_bzip2,
                            archive_write_add_filter_xz, archive_write_add_filter_zstd}) {
    CHECK(where(compressed(a, filter), compressed(b, filter)).ends_with("member x"));
    CHECK(text(compressed(a, filter), compressed(b, filter)) == "made Jan 1 / made Jan 2");
  }
}

TEST_CASE("of one file that is compressed, the bytes within and the header are told apart") {
  const std::string a = compressed("made Jan 1", archive_write_add_filter_xz);
  const std::string b = compressed("made Jan 2", archive_write_add_filter_xz);
  CHECK(where(a, b) == "uncompressed bytes");
  CHECK(text(a, b) == "made Jan 1 / made Jan 2");
  std::string c = compressed("same", archive_write_add_filter_gzip);
  c.replace(4, 4, std::string(4, '\0'));
  std::string d = c;
  d[4] = '\1';
  CHECK(where(c, d) == "gzip header, time stamp");
  CHECK(text(c, d) == "none / 1970-01-01 00:00:01");
  d = c;
  d[9] = '\x0b';
  CHECK(where(c, d) == "gzip header, system");
}

TEST_CASE("a package of an archive of a program is looked into all the way") {
  const auto package = [](const std::string& rodata) {
    const std::string data =
        compressed(Tar().file("./usr/bin/x", elf(rodata)).ended(), archive_write_add_filter_xz);
    return packed(archive_write_set_format_ar_svr4,
                  {{"debian-binary", "2.0\n"}, {"data.tar.xz", data}});
  };
  CHECK(where(package("Jan 1"), package("Jan 2")) ==
        "member data.tar.xz, member ./usr/bin/x, section .note.gnu.build-id, and in section "
        ".rodata");
}

TEST_CASE("bytes that are no archive, and zeros that tar takes for one, have no structure") {
  CHECK(where("text 1", "text 2").empty());
  CHECK(where(std::string(2000, '\0') + "1", std::string(2000, '\0') + "2").empty());
  CHECK(where("", "x").empty());
}

// --- Bytes that are to do harm ---

TEST_CASE("archives in archives are looked into as deep as packages are, and no deeper") {
  std::string a = "1";
  std::string b = "2";
  for (int i = 0; i < 20; ++i) {
    a = Tar().file("x", a).ended();
    b = Tar().file("x", b).ended();
  }
  std::string expected = "member x";
  for (int i = 0; i < 6; ++i) expected += ", member x";
  CHECK(where(a, b) == expected);
}

TEST_CASE("a few bytes that become many are uncompressed to the allowance, and not beyond") {
  const std::string zeros(std::size_t{64} << 20U, '\0');
  const std::string a = compressed(zeros + "1", archive_write_add_filter_xz);
  const std::string b = compressed(zeros + "2", archive_write_add_filter_xz);
  CHECK(where(a, b) == "uncompressed bytes");
  CHECK(spot(a, b, {.bytes = std::uint64_t{1} << 20U}).where.empty());
  const Spot unheld = spot(a, b, {.memory = std::uint64_t{1} << 20U});
  CHECK(unheld.where == "uncompressed bytes");
  CHECK(!unheld.text);
}

TEST_CASE("a sparse member of exbibytes costs no more than the allowance") {
  const std::string huge = Tar::base256(std::int64_t{1} << 60U);
  const auto sparse = [&](const std::string& bytes) {
    return test::gnu_sparse("x", {{Tar::base256((std::int64_t{1} << 60U) - 1), Tar::octal(1, 11)}},
                            huge, bytes) +
           Tar().ended();
  };
  const auto begun = std::chrono::steady_clock::now();
  CHECK(spot(sparse("1"), sparse("2"), {.bytes = std::uint64_t{1} << 28U}).where.empty());
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(20));
}

TEST_CASE("sections that all are the whole file are read as often as the allowance lets them") {
  const std::string part(std::size_t{1} << 20U, 'x');
  const auto file = [&](char last) {
    ElfImage image;
    for (int i = 0; i < 50; ++i) image.data(".s" + std::to_string(i), part + last);
    return image.bytes();
  };
  CHECK(where(file('1'), file('2')) ==
        "section .s0, and in section .s1, and in section .s2, and in section .s3, and in 46 more");
  CHECK(spot(file('1'), file('2'), {.bytes = std::uint64_t{3} << 20U}).where ==
        "section .s0, and in section .s1");
}

TEST_CASE(
    "an archive that ends too early, and one with another's end, are no verdict on the rest") {
  const std::string a = compressed(Tar().file("x", std::string(5000, 'x')).file("y", "1").ended(),
                                   archive_write_add_filter_gzip);
  for (std::size_t size = 1; size < a.size(); size += 7) {
    CAPTURE(size);
    const std::string found = where(a, a.substr(0, size));
    CHECK(found.find("is the same") == std::string::npos);
  }
}

TEST_CASE("a long name is told by its ends") {
  CHECK(shortened(std::string(200, 'x')).size() == 200);
  CHECK(shortened("a" + std::string(1'000'000, 'x') + "b").size() < 210);
}

}  // namespace
}  // namespace devbox::image
