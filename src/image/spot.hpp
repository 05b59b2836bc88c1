// Where in the structure of two files, in a person's words, they differ.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "image/first_difference.hpp"
#include "image/members.hpp"
#include "image/seekable.hpp"

namespace devbox::image {

struct Spot {
  std::string where;          // "section .text", "member foo.o, section .text"; empty where unknown
  std::optional<Texts> text;  // what stands there, where people can read it
};

// Of two files, or members of archives, that first differ at `offset`. An archive is compared
// member by member, each of which may have a structure too; what is damaged, or costs more than
// `allowance` has, is looked into as far as it goes. The names in it are raw. Throws Error where
// the bytes cannot be read.
Spot spot_of(const Seekable& a, const Seekable& b, std::uint64_t offset, Allowance& allowance);

// The same of two ELF files, of two archives or compressed files, and of the headers of two gzip
// streams; std::nullopt where they are not that. Archives differ in several spots, or in none
// where all that they hold is the same.
std::optional<Spot> elf_spot(const Seekable& a, const Seekable& b, std::uint64_t offset,
                             Allowance& allowance);
std::optional<std::vector<Spot>> archive_spots(const Seekable& a, const Seekable& b,
                                               Allowance& allowance);
std::optional<Spot> gzip_spot(const Seekable& a, const Seekable& b, std::uint64_t offset);

// Of a name that is too long to be told, the beginning and the end.
std::string shortened(const std::string& name);

// Seconds since 1970 in UTC: "2024-01-01 00:00:00".
std::string time_text(std::int64_t time);

}  // namespace devbox::image
