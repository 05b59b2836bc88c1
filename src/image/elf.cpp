#include "image/elf.hpp"

#include <elf.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace devbox::image {

// Where the fields are, in bytes. Those of 2 and 4 bytes are so wide in both classes.
struct ElfLayout {
  std::size_t header, address;  // sizes: of the header, and of what is an address, offset or size
  std::size_t phoff, shoff, phentsize, phnum, shentsize, shnum, shstrndx;
  std::size_t section;  // the size of a section's header
  std::size_t sh_flags, sh_offset, sh_size, sh_link;
};

namespace {

// More than an object has of a section for each function, and 8 MiB of headers.
constexpr std::uint64_t kMostSections = 131'072;
constexpr std::size_t kLongestName = 200;

constexpr std::size_t kHalf = sizeof(Elf64_Half);
constexpr std::size_t kWord = sizeof(Elf64_Word);

template <class Header, class Section, class Address>
constexpr ElfLayout layout_of() {
  return {.header = sizeof(Header),
          .address = sizeof(Address),
          .phoff = offsetof(Header, e_phoff),
          .shoff = offsetof(Header, e_shoff),
          .phentsize = offsetof(Header, e_phentsize),
          .phnum = offsetof(Header, e_phnum),
          .shentsize = offsetof(Header, e_shentsize),
          .shnum = offsetof(Header, e_shnum),
          .shstrndx = offsetof(Header, e_shstrndx),
          .section = sizeof(Section),
          .sh_flags = offsetof(Section, sh_flags),
          .sh_offset = offsetof(Section, sh_offset),
          .sh_size = offsetof(Section, sh_size),
          .sh_link = offsetof(Section, sh_link)};
}

constexpr ElfLayout kLayout32 = layout_of<Elf32_Ehdr, Elf32_Shdr, Elf32_Off>();
constexpr ElfLayout kLayout64 = layout_of<Elf64_Ehdr, Elf64_Shdr, Elf64_Off>();

}  // namespace

std::optional<Elf> Elf::read(const Seekable& bytes) {
  const std::string header = bytes.text_at(0, sizeof(Elf64_Ehdr));
  if (header.size() < EI_NIDENT || std::memcmp(header.data(), ELFMAG, SELFMAG) != 0)
    return std::nullopt;
  const bool is_64 = header[EI_CLASS] == ELFCLASS64;
  if (!is_64 && header[EI_CLASS] != ELFCLASS32) return std::nullopt;
  const bool is_big = header[EI_DATA] == ELFDATA2MSB;
  if (!is_big && header[EI_DATA] != ELFDATA2LSB) return std::nullopt;
  Elf elf(bytes, is_64 ? kLayout64 : kLayout32, is_big);
  if (header.size() >= elf.layout_->header) elf.read_sections(header);
  return elf;
}

Elf::Elf(const Seekable& bytes, const ElfLayout& layout, bool is_big)
    : bytes_(&bytes), layout_(&layout), is_big_(is_big) {}

std::uint64_t Elf::number(const std::string& text, std::size_t at, std::size_t width) const {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < width; ++i) {
    const std::size_t byte = is_big_ ? at + i : at + width - 1 - i;
    value = value << 8U | static_cast<unsigned char>(text[byte]);
  }
  return value;
}

Elf::Section Elf::section_of(const std::string& entry) const {
  const std::uint64_t type = number(entry, offsetof(Elf64_Shdr, sh_type), kWord);
  const std::uint64_t flags = number(entry, layout_->sh_flags, layout_->address);
  return {.name = static_cast<std::uint32_t>(number(entry, 0, kWord)),
          .has_bytes = type != SHT_NULL && type != SHT_NOBITS,
          .is_code = (flags & SHF_EXECINSTR) != 0,
          .offset = number(entry, layout_->sh_offset, layout_->address),
          .size = number(entry, layout_->sh_size, layout_->address)};
}

// What does not fit into the header's fields is in the first section's (elf(5), e_shnum and
// e_shstrndx).
void Elf::read_sections(const std::string& header) {
  programs_ = {number(header, layout_->phoff, layout_->address),
               number(header, layout_->phentsize, kHalf) * number(header, layout_->phnum, kHalf)};
  headers_.offset = number(header, layout_->shoff, layout_->address);
  const std::size_t size = layout_->section;
  if (headers_.offset == 0 || number(header, layout_->shentsize, kHalf) != size) return;
  const std::string first = bytes_->text_at(headers_.offset, size);
  if (first.size() < size) return;
  std::uint64_t count = number(header, layout_->shnum, kHalf);
  if (count == 0) count = number(first, layout_->sh_size, layout_->address);
  std::uint64_t names = number(header, layout_->shstrndx, kHalf);
  if (names == SHN_XINDEX) names = number(first, layout_->sh_link, kWord);
  const std::string table = bytes_->text_at(headers_.offset, std::min(count, kMostSections) * size);
  headers_.size = table.size();
  for (std::size_t at = 0; table.size() - at >= size; at += size)
    sections_.push_back(section_of(table.substr(at, size)));
  if (names < sections_.size() && sections_[names].has_bytes)
    names_ = {sections_[names].offset, sections_[names].size};
}

std::string Elf::name(std::size_t section) const {
  const std::uint32_t at = sections_[section].name;
  if (at < names_.size) {
    const std::uint64_t most = std::min<std::uint64_t>(kLongestName, names_.size - at);
    const std::string text = PartOfBytes(*bytes_, names_.offset, names_.size).text_at(at, most);
    if (!text.empty() && text[0] != '\0') return text.substr(0, text.find('\0'));
  }
  return fmt::format("number {}", section);
}

std::string Elf::place(std::uint64_t offset) const {
  if (offset < layout_->header) return "ELF header";
  if (programs_.has(offset)) return "program headers";
  if (headers_.has(offset)) return "section headers";
  for (std::size_t i = 0; i < sections_.size(); ++i) {
    const Section& section = sections_[i];
    if (section.has_bytes && Table{section.offset, section.size}.has(offset))
      return "section " + name(i);
  }
  return "between sections";
}

PartOfBytes Elf::bytes_of(const Section& section) const {
  return {*bytes_, section.offset, section.has_bytes ? section.size : 0};
}

}  // namespace devbox::image
