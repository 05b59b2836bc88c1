// Which locales a tree's glibc has: directories below usr/lib/locale, and names in locale-archive.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace devbox::store {

// The name as glibc files it: the codeset in lower case without punctuation, digits alone after
// "iso"
// ("en_US.UTF-8@euro" is "en_US.utf8@euro"; glibc's _nl_normalize_codeset).
std::string normal_locale(std::string_view name);

// Those that are built into glibc: "", "C", "POSIX", and since 2.35 (Debian's before) C.UTF-8.
bool is_builtin_locale(std::string_view name);

// Where a locale-archive keeps its names (glibc's locale/locarchive.h, struct locarhead).
inline constexpr std::size_t kArchiveHeaderSize = 56;
struct StringArea {
  std::uint32_t offset = 0;
  std::uint32_t size = 0;  // at most kMaxStrings
};
inline constexpr std::uint32_t kMaxStrings =
    4 * 1024 * 1024;  // all locales of glibc 2.36 need 24 KiB

// `header` is the start of the file. std::nullopt where it is no archive, or says what cannot be.
// Pure.
std::optional<StringArea> string_area(std::string_view header, std::uint64_t file_size);

// Whether `strings`, NUL-terminated names one after the other, holds `name` as a whole. Pure.
bool holds_name(std::string_view strings, std::string_view name);

}  // namespace devbox::store
