#include "plan/xauthority.hpp"

#include <algorithm>
#include <cstddef>

namespace devbox::plan {
namespace {

// std::nullopt where fewer bytes are left.
std::optional<std::uint16_t> take_number(std::string_view& bytes) {
  if (bytes.size() < 2) return std::nullopt;
  const auto high = static_cast<unsigned char>(bytes[0]);
  const auto low = static_cast<unsigned char>(bytes[1]);
  bytes.remove_prefix(2);
  return static_cast<std::uint16_t>(high * 256U + low);
}

bool take_field(std::string_view& bytes, std::string& field) {
  const std::optional<std::uint16_t> size = take_number(bytes);
  if (!size || *size > bytes.size()) return false;
  field.assign(bytes.substr(0, *size));
  bytes.remove_prefix(*size);
  return true;
}

void put_number(std::string& bytes, std::size_t number) {
  bytes += static_cast<char>(number / 256 % 256);
  bytes += static_cast<char>(number % 256);
}

void put_field(std::string& bytes, std::string_view field) {
  put_number(bytes, field.size());
  bytes += field;
}

bool is_digits(std::string_view text) {
  return !text.empty() && text.size() <= 5 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::vector<XauthEntry> parse_xauthority(std::string_view bytes) {
  std::vector<XauthEntry> entries;
  while (true) {
    XauthEntry entry;
    const std::optional<std::uint16_t> family = take_number(bytes);
    const bool whole = family && take_field(bytes, entry.address) &&
                       take_field(bytes, entry.number) && take_field(bytes, entry.name) &&
                       take_field(bytes, entry.data);
    if (!whole) return entries;
    entry.family = *family;
    entries.push_back(std::move(entry));
  }
}

std::string xauthority_text(const std::vector<XauthEntry>& entries) {
  std::string bytes;
  for (const XauthEntry& entry : entries) {
    put_number(bytes, entry.family);
    for (const std::string* field : {&entry.address, &entry.number, &entry.name, &entry.data})
      put_field(bytes, *field);
  }
  return bytes;
}

std::vector<XauthEntry> cookies_of(const std::vector<XauthEntry>& entries, std::string_view number,
                                   std::string_view hostname) {
  std::vector<XauthEntry> ours;
  std::vector<XauthEntry> others;
  for (const XauthEntry& entry : entries) {
    const bool is_wild = entry.family == kFamilyWild;
    if (!is_wild && entry.family != kFamilyLocal) continue;
    if (!entry.number.empty() && entry.number != number) continue;
    const bool is_ours = is_wild || entry.address == hostname;
    (is_ours ? ours : others)
        .push_back({kFamilyWild, "", std::string(number), entry.name, entry.data});
  }
  return ours.empty() ? others : ours;
}

std::optional<Display> parse_display(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view host = text.substr(0, colon);
  std::string_view number = text.substr(colon + 1);
  const std::size_t dot = number.find('.');
  if (dot != std::string_view::npos && !is_digits(number.substr(dot + 1))) return std::nullopt;
  number = number.substr(0, dot);
  if (!is_digits(number)) return std::nullopt;
  Display display{.is_local = host.empty() || host == "unix", .number = std::string(number)};
  const bool is_loopback =
      host == "localhost" || host == "127.0.0.1" || host == "[::1]" || host == "::1";
  return display.is_local || is_loopback ? std::optional(std::move(display)) : std::nullopt;
}

}  // namespace devbox::plan
