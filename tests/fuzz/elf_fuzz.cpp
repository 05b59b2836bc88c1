// Any bytes as an ELF file: every place in it has a name, and no section is longer than the file.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "image/elf.hpp"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace devbox::image;
  const MemoryBytes bytes(std::string_view(reinterpret_cast<const char*>(data), size));
  const std::optional<Elf> elf = Elf::read(bytes);
  if (!elf) return 0;
  for (std::size_t i = 0; i < elf->sections().size(); ++i) {
    const std::string name = elf->name(i);
    require(!name.empty() && name.size() <= 200);
    const PartOfBytes part = elf->bytes_of(elf->sections()[i]);
    require(part.size() <= size);
    require(part.text_at(0, size).size() == part.size());
  }
  const std::size_t step = std::max<std::size_t>(size / 64, 1);
  for (std::size_t at = 0; at <= size; at += step) require(!elf->place(at).empty());
  require(!elf->place(~std::uint64_t{0}).empty());
  return 0;
}
