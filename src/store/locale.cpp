#include "store/locale.hpp"

#include <cstring>

namespace devbox::store {
namespace {

constexpr std::uint32_t kMagic = 0xde020109;  // AR_MAGIC

// Fields of struct locarhead, all uint32_t in the byte order of the machine.
enum Field : std::size_t { magic = 0, string_offset = 5, string_used = 6, string_size = 7 };

std::uint32_t field(std::string_view header, Field which) {
  std::uint32_t value = 0;
  std::memcpy(&value, header.data() + which * sizeof value, sizeof value);
  return value;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }

std::string normal_codeset(std::string_view codeset) {
  std::string normal;
  bool only_digits = true;
  for (const char c : codeset) {
    if (is_upper(c)) normal += static_cast<char>(c - 'A' + 'a');
    if (is_lower(c) || is_digit(c)) normal += c;
    if (is_upper(c) || is_lower(c)) only_digits = false;
  }
  return only_digits && !normal.empty() ? "iso" + normal : normal;
}

}  // namespace

std::string normal_locale(std::string_view name) {
  const std::size_t dot = name.find('.');
  if (dot == std::string_view::npos) return std::string(name);
  const std::size_t at = name.find('@', dot);
  const std::string_view codeset =
      name.substr(dot + 1, at == std::string_view::npos ? at : at - dot - 1);
  std::string normal(name.substr(0, dot + 1));
  normal += normal_codeset(codeset);
  if (at != std::string_view::npos) normal += name.substr(at);
  return normal;
}

bool is_builtin_locale(std::string_view name) {
  return name.empty() || name == "C" || name == "POSIX" || normal_locale(name) == "C.utf8";
}

std::optional<StringArea> string_area(std::string_view header, std::uint64_t file_size) {
  if (header.size() < kArchiveHeaderSize || field(header, Field::magic) != kMagic)
    return std::nullopt;
  const StringArea area{field(header, Field::string_offset), field(header, Field::string_used)};
  if (area.size > field(header, Field::string_size) || area.size > kMaxStrings) return std::nullopt;
  if (area.offset < kArchiveHeaderSize || std::uint64_t{area.offset} + area.size > file_size)
    return std::nullopt;
  return area;
}

bool holds_name(std::string_view strings, std::string_view name) {
  if (name.empty() || name.find('\0') != std::string_view::npos) return false;
  while (!strings.empty()) {
    const std::size_t end = strings.find('\0');
    if (end == std::string_view::npos)
      return false;  // cut short: glibc would read on beyond the area
    if (strings.substr(0, end) == name) return true;
    strings.remove_prefix(end + 1);
  }
  return false;
}

}  // namespace devbox::store
