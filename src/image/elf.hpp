// The sections of an ELF file, of either class and byte order, that somebody else wrote (elf(5)).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "image/seekable.hpp"

namespace devbox::image {

struct ElfLayout;  // of one class

class Elf {
 public:
  struct Section {
    std::uint32_t name = 0;  // where it is in the table of the names
    bool has_bytes = false;  // in the file
    bool is_code = false;
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
  };

  // Of `bytes`, which are borrowed; std::nullopt where they do not begin as ELF does. Headers that
  // are not whole, or lie beyond the end, are left out, and so are sections after so many as no
  // linker makes. Throws Error where the bytes cannot be read.
  static std::optional<Elf> read(const Seekable& bytes);

  const std::vector<Section>& sections() const { return sections_; }

  // Raw, at most 200 bytes of it; "number 7" where it has none.
  std::string name(std::size_t section) const;

  // "ELF header", "program headers", "section headers", "section .text", or "between sections".
  std::string place(std::uint64_t offset) const;

  PartOfBytes bytes_of(const Section& section) const;

 private:
  struct Table {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
    bool has(std::uint64_t at) const { return at >= offset && at - offset < size; }
  };

  Elf(const Seekable& bytes, const ElfLayout& layout, bool is_big);
  std::uint64_t number(const std::string& text, std::size_t at, std::size_t width) const;
  void read_sections(const std::string& header);
  Section section_of(const std::string& entry) const;

  const Seekable* bytes_;
  const ElfLayout* layout_;
  bool is_big_;
  Table programs_;
  Table headers_;
  Table names_;
  std::vector<Section> sections_;
};

}  // namespace devbox::image
