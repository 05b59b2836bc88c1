#include "image/elf.hpp"

#include <doctest/doctest.h>

#include <string>

#include "image_elf.hpp"

namespace devbox::image {
namespace {

using test::ElfImage;

std::string place(const std::string& file, std::uint64_t offset) {
  const MemoryBytes bytes(file);
  const std::optional<Elf> elf = Elf::read(bytes);
  return elf ? elf->place(offset) : "no ELF";
}

std::string patched(std::string file, std::size_t at, std::string_view bytes) {
  file.replace(at, bytes.size(), bytes);
  return file;
}

// Offsets of the header's fields, of 64 bits.
constexpr std::size_t kShoff = 40;
constexpr std::size_t kShentsize = 58;
constexpr std::size_t kShnum = 60;
constexpr std::size_t kShstrndx = 62;

ElfImage two_sections(test::ElfShape shape = {}) {
  return ElfImage(shape).code(".text", "code").data(".rodata", "Jan 1");
}

TEST_CASE("each part of an ELF file has its name, in both classes and byte orders") {
  for (const bool is_64 : {true, false}) {
    for (const bool is_big : {true, false}) {
      CAPTURE(is_64);
      CAPTURE(is_big);
      const ElfImage image = two_sections({is_64, is_big});
      const std::string file = image.bytes();
      const std::size_t text = image.first_section() + 4;  // after the padding of the null section
      CHECK(place(file, 0) == "ELF header");
      CHECK(place(file, image.header_size() - 1) == "ELF header");
      CHECK(place(file, image.header_size()) == "program headers");
      CHECK(place(file, text) == "section .text");
      CHECK(place(file, text + 3) == "section .text");
      CHECK(place(file, text + 4) == "between sections");
      CHECK(place(file, text + 8) == "section .rodata");
      CHECK(place(file, file.size() - 1) == "section headers");
      CHECK(place(file, file.size()) == "between sections");
    }
  }
}

TEST_CASE("what does not begin as ELF is none") {
  CHECK(place("", 0) == "no ELF");
  CHECK(place("\177ELF", 0) == "no ELF");
  CHECK(place(patched(two_sections().bytes(), 4, "\x03"), 0) == "no ELF");
  CHECK(place(patched(two_sections().bytes(), 5, std::string_view("\0", 1)), 0) == "no ELF");
}

TEST_CASE("an ELF file that ends anywhere is read as far as it goes") {
  const std::string file = two_sections().bytes();
  for (std::size_t size = 16; size < file.size(); ++size) {
    CAPTURE(size);
    const std::string cut = file.substr(0, size);
    CHECK(place(cut, 0) == "ELF header");
    const MemoryBytes bytes(cut);
    const std::optional<Elf> elf = Elf::read(bytes);
    REQUIRE(elf);
    CHECK(elf->sections().size() <= 4);
    for (std::size_t i = 0; i < elf->sections().size(); ++i) {
      CHECK(!elf->name(i).empty());
      CHECK(elf->bytes_of(elf->sections()[i]).size() <= size);
    }
  }
}

TEST_CASE("a table of sections beyond the end, or of headers of another size, is none") {
  const std::string file = two_sections().bytes();
  const std::string far(8, '\xff');
  CHECK(place(patched(file, kShoff, far), 130) == "between sections");
  CHECK(place(patched(file, kShoff, std::string_view("\xff\xff\xff\xff\xff\xff\xff\x7f", 8)),
              130) == "between sections");
  CHECK(place(patched(file, kShentsize, std::string_view("\1\0", 2)), 130) == "between sections");
  CHECK(place(patched(file, kShentsize, std::string_view("\0\0", 2)), 130) == "between sections");
}

TEST_CASE("more sections than the file has room for are those that it has") {
  const std::string file = patched(two_sections().bytes(), kShnum, std::string_view("\xfe\xff", 2));
  CHECK(place(file, 124) == "section .text");
  const MemoryBytes bytes(file);
  CHECK(Elf::read(bytes)->sections().size() == 4);
}

TEST_CASE("a count of sections that is in the first of them is bounded too") {
  std::string file = patched(two_sections().bytes(), kShnum, std::string_view("\0\0", 2));
  const std::size_t table = file.size() - 4 * 64;
  file.replace(table + 32, 8, std::string(8, '\xff'));
  const MemoryBytes bytes(file);
  CHECK(Elf::read(bytes)->sections().size() == 4);
  file.resize(table + 64 * std::size_t{200'000});
  const MemoryBytes larger(file);
  CHECK(Elf::read(larger)->sections().size() == 131'072);
}

TEST_CASE("a name without end is cut, and one outside the names is a number") {
  const std::string file = ElfImage().data(std::string(100'000, 'n'), "x").bytes();
  const MemoryBytes bytes(file);
  CHECK(Elf::read(bytes)->name(1) == std::string(200, 'n'));
  const std::string without = patched(file, kShstrndx, std::string_view("\0\0", 2));
  const MemoryBytes nameless(without);
  CHECK(Elf::read(nameless)->name(1) == "number 1");
}

}  // namespace
}  // namespace devbox::image
