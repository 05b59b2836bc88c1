// What no root filesystem needs more of, and what is said of an archive that has it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace devbox::image {

inline constexpr std::size_t kMostNames = 2'000'000;  // some 500 MB of what is known of them
// Of all files together; holes count, as they are hashed.
inline constexpr std::uint64_t kMostBytes = std::uint64_t{128} << 30U;
// Of all extended attributes of an archive together, names and values.
inline constexpr std::uint64_t kMostXattrBytes = std::uint64_t{16} << 20U;

inline constexpr const char* kNotOurs =
    "such an archive is damaged, or made to do harm; nothing of it is kept";

}  // namespace devbox::image
