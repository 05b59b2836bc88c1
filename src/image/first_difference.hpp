// Where two runs of bytes part, and what a person can read there.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "image/seekable.hpp"

namespace devbox::image {

enum class Count { no, yes };

struct FirstDifference {
  std::uint64_t offset = 0;  // the end of the shorter where that is all
  std::optional<std::uint64_t> differing_bytes = std::nullopt;  // of two that are of one size
};

// std::nullopt where they are the same. Whoever wants no count reads no further than the first
// difference.
std::optional<FirstDifference> first_difference(const Seekable& a, const Seekable& b, Count count);

using Texts = std::array<std::string, 2>;

// The texts of both around `offset`, where they first differ: at most 60 bytes of printable ASCII
// each. std::nullopt where either is none there, or where there is so little of it that it may be
// chance.
std::optional<Texts> excerpt(const Seekable& a, const Seekable& b, std::uint64_t offset);

}  // namespace devbox::image
