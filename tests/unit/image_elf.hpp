// ELF files made by hand (elf(5)), as no linker would make them.
#pragma once

#include <elf.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace devbox::test {

struct ElfShape {
  bool is_64 = true;
  bool is_big = false;
};

class ElfImage {
 public:
  explicit ElfImage(ElfShape shape = {}) : shape_(shape) { add("", SHT_NULL, ""); }

  ElfImage& code(std::string name, std::string bytes) {
    return add(std::move(name), SHT_PROGBITS, std::move(bytes), SHF_EXECINSTR);
  }
  ElfImage& data(std::string name, std::string bytes) {
    return add(std::move(name), SHT_PROGBITS, std::move(bytes));
  }

  // The header, a program header, the bytes of the sections with four bytes of padding after each,
  // and their headers.
  std::string bytes() const {
    ElfImage all = *this;
    std::string names;
    for (const Section& section : sections_) names += section.name + '\0';
    all.add(".shstrtab", SHT_STRTAB, names + ".shstrtab" + '\0');
    return all.laid_out();
  }

  std::size_t header_size() const { return shape_.is_64 ? 64 : 52; }
  std::size_t program_size() const { return shape_.is_64 ? 56 : 32; }
  std::size_t first_section() const { return header_size() + program_size(); }

 private:
  struct Section {
    std::string name;
    std::uint32_t type;
    std::string bytes;
    std::uint64_t flags;
  };

  ElfImage& add(std::string name, std::uint32_t type, std::string bytes, std::uint64_t flags = 0) {
    sections_.push_back({std::move(name), type, std::move(bytes), flags});
    return *this;
  }

  std::string number(std::uint64_t value, std::size_t width) const {
    std::string text(width, '\0');
    for (std::size_t i = 0; i < width; ++i, value >>= 8U)
      text[shape_.is_big ? width - 1 - i : i] = static_cast<char>(value & 0xffU);
    return text;
  }
  std::string half(std::uint64_t value) const { return number(value, 2); }
  std::string word(std::uint64_t value) const { return number(value, 4); }
  std::string address(std::uint64_t value) const { return number(value, shape_.is_64 ? 8 : 4); }

  std::string laid_out() const {
    std::string contents;
    std::string headers;
    std::size_t name = 0;
    for (const Section& section : sections_) {
      headers += word(name) + word(section.type) + address(section.flags) + address(0) +
                 address(first_section() + contents.size()) + address(section.bytes.size()) +
                 word(0) + word(0) + address(1) + address(0);
      contents += section.bytes + std::string(4, '\xee');
      name += section.name.size() + 1;
    }
    std::string ident = "\177ELF";
    ident += static_cast<char>(shape_.is_64 ? ELFCLASS64 : ELFCLASS32);
    ident += static_cast<char>(shape_.is_big ? ELFDATA2MSB : ELFDATA2LSB);
    ident.resize(EI_NIDENT, '\0');
    return ident + half(ET_REL) + half(EM_NONE) + word(EV_CURRENT) + address(0) +
           address(header_size()) + address(first_section() + contents.size()) + word(0) +
           half(header_size()) + half(program_size()) + half(1) + half(shape_.is_64 ? 64 : 40) +
           half(sections_.size()) + half(sections_.size() - 1) +
           std::string(program_size(), '\x11') + contents + headers;
  }

  ElfShape shape_;
  std::vector<Section> sections_;
};

}  // namespace devbox::test
