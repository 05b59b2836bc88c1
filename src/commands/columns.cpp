#include "commands/columns.hpp"

#include <time.h>

#include <algorithm>

namespace devbox::commands {

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string cut(const std::string& text, std::size_t most) {
  if (width_of(text) <= most) return text;
  if (most == 0) return {};
  std::size_t end = 0;
  for (std::size_t left = most; end < text.size(); ++end) {
    if ((text[end] & 0xc0) != 0x80 && left-- == 1) break;
  }
  return text.substr(0, end) + "…";
}

std::string padded(const std::string& text, std::size_t width, Side side) {
  const std::string space(width - std::min(width, width_of(text)), ' ');
  return side == Side::left ? text + space : space + text;
}

std::string date_text(std::int64_t seconds) {
  const time_t time = seconds;
  struct tm local {};
  char text[16] = "?";
  if (::localtime_r(&time, &local) != nullptr) ::strftime(text, sizeof text, "%Y-%m-%d", &local);
  return text;
}

}  // namespace devbox::commands
