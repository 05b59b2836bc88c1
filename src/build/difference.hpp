// What two builds of one task have made differently.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace devbox::build {

// All text is from the build: whoever shows it makes it printable.
struct Difference {
  enum class What { content, kind, mode, link, only_in_first, only_in_second };

  std::string path;  // below both
  What what = What::content;
  // Of a kind its word ("file", "directory"), of a mode its octal digits, of a link its text; of
  // what is only in one, its kind there.
  std::string first;
  std::string second;
  // Of content alone:
  std::uint64_t offset = 0;                        // of the first byte that differs
  std::array<std::uint64_t, 2> sizes{};            // in bytes
  std::optional<std::uint64_t> differing_bytes{};  // of two of one size
  std::string where;  // "section .rodata", "member foo.o, section .text"; empty where unknown
  std::optional<std::array<std::string, 2>> text{};  // what stands there, where people can read it
};

struct Comparison {
  std::vector<Difference> differences;  // in the order of the paths
  std::uint64_t left_out = 0;           // so many more there are
  std::uint64_t files = 0;              // regular ones that were read in both
  std::uint64_t bytes = 0;              // of those in the first
};

}  // namespace devbox::build
