#include "host/foreign.hpp"

#include <dirent.h>

#include <array>
#include <charconv>
#include <cstddef>
#include <memory>
#include <vector>

#include "host/files.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::host {
namespace {

// elf(5), e_ident and e_machine.
struct Processor {
  std::string_view name;
  unsigned char bits = 0;   // EI_CLASS: 1 is 32, 2 is 64
  unsigned char order = 0;  // EI_DATA: 1 is little, 2 is big
  unsigned machine = 0;
};
constexpr Processor kProcessors[] = {
    {"386", 1, 1, 3},       {"amd64", 2, 1, 62},    {"arm", 1, 1, 40},
    {"arm64", 2, 1, 183},   {"ppc64le", 2, 1, 21},  {"s390x", 2, 2, 22},
    {"riscv64", 2, 1, 243}, {"loong64", 2, 1, 258}, {"mips64le", 2, 1, 8},
};

// "arm" of "linux/arm/v7".
std::string processor_of(std::string_view platform) {
  const std::vector<std::string> parts = split(platform, '/');
  return parts.size() > 1 ? parts[1] : std::string();
}

const Processor* known(std::string_view platform) {
  const std::string name = processor_of(platform);
  for (const Processor& one : kProcessors) {
    if (one.name == name) return &one;
  }
  return nullptr;
}

// The first bytes of an executable file for it, of either type: ET_EXEC is 2, ET_DYN 3.
std::array<unsigned char, 20> header_of(const Processor& one, unsigned char type) {
  std::array<unsigned char, 20> head = {0x7f, 'E', 'L', 'F', one.bits, one.order, 1};
  const bool big = one.order == 2;
  head[big ? 17 : 16] = type;
  head[big ? 19 : 18] = static_cast<unsigned char>(one.machine & 0xffU);
  head[big ? 18 : 19] = static_cast<unsigned char>(one.machine >> 8U);
  return head;
}

// Empty where it is not all hexadecimal.
std::vector<unsigned char> bytes_of(std::string_view hex) {
  std::vector<unsigned char> bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    unsigned value = 0;
    const char* end = hex.data() + i + 2;
    const auto read = std::from_chars(hex.data() + i, end, value, 16);
    if (read.ec != std::errc() || read.ptr != end) return {};
    bytes.push_back(static_cast<unsigned char>(value));
  }
  return bytes;
}

struct Pattern {
  std::size_t offset = 0;
  std::vector<unsigned char> magic;
  std::vector<unsigned char> mask;  // may be empty: all bits count

  bool fits(const std::array<unsigned char, 20>& head) const {
    if (magic.empty() || offset + magic.size() > head.size()) return false;
    for (std::size_t i = 0; i < magic.size(); ++i) {
      const unsigned counts = i < mask.size() ? mask[i] : 0xffU;
      if (((head[offset + i] ^ magic[i]) & counts) != 0) return false;
    }
    return true;
  }
};

}  // namespace

bool runs_natively(std::string_view own, std::string_view wanted) {
  const std::string here = processor_of(own);
  const std::string there = processor_of(wanted);
  return here == there || (here == "amd64" && there == "386") ||
         (here == "arm64" && there == "arm");
}

std::optional<Emulator> emulator_in(std::string_view name, std::string_view entry,
                                    std::string_view wanted) {
  const Processor* processor = known(wanted);
  if (processor == nullptr) return std::nullopt;
  Emulator emulator{std::string(name), {}, false};
  Pattern pattern;
  bool enabled = false;
  for (const std::string& line : split(entry, '\n')) {
    const std::size_t space = line.find(' ');
    const std::string_view word = std::string_view(line).substr(0, space);
    const std::string value = space == std::string::npos ? std::string() : line.substr(space + 1);
    if (line == "enabled") enabled = true;
    if (word == "interpreter") emulator.interpreter = value;
    if (word == "flags:") emulator.is_fixed = value.find('F') != std::string::npos;
    if (word == "offset")
      std::from_chars(value.data(), value.data() + value.size(), pattern.offset);
    if (word == "magic") pattern.magic = bytes_of(value);
    if (word == "mask") pattern.mask = bytes_of(value);
  }
  const bool fits =
      pattern.fits(header_of(*processor, 2)) || pattern.fits(header_of(*processor, 3));
  if (!enabled || !fits) return std::nullopt;
  return emulator;
}

std::optional<Emulator> emulator_for(std::string_view wanted, const std::string& directory) {
  constexpr std::size_t kMost = 4096;
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(::opendir(directory.c_str()), &::closedir);
  std::optional<Emulator> found;
  if (!entries || contents(path::join(directory, "status").c_str(), kMost).bytes != "enabled\n")
    return found;
  while (const dirent* entry = ::readdir(entries.get())) {
    const std::string file = path::join(directory, entry->d_name);
    auto one = emulator_in(entry->d_name, contents(file.c_str(), kMost).bytes, wanted);
    if (one && (!found || one->is_fixed)) found = std::move(one);
    if (found && found->is_fixed) break;
  }
  return found;
}

}  // namespace devbox::host
