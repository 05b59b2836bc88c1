#include "host/mountinfo.hpp"

#include <algorithm>

#include "util/text.hpp"

namespace devbox::host {
namespace {

bool is_octal(char c) { return c >= '0' && c <= '7'; }

// "\040" is a space: three octal digits for what would end a field.
std::string unescaped(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '\\' && i + 3 < text.size() && is_octal(text[i + 1]) &&
                        is_octal(text[i + 2]) && is_octal(text[i + 3]);
    if (!escape) {
      plain += text[i];
      continue;
    }
    plain +=
        static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
    i += 3;
  }
  return plain;
}

}  // namespace

std::vector<MountLine> parse_mountinfo(std::string_view text) {
  constexpr std::size_t kNumber = 2;
  constexpr std::size_t kTarget = 4;
  std::vector<MountLine> lines;
  for (const std::string& line : split(text, '\n')) {
    const std::vector<std::string> fields = split(line, ' ');
    const auto dash = std::find(fields.begin(), fields.end(), "-");
    if (fields.size() <= kTarget || fields.end() - dash < 4) continue;
    lines.push_back(
        {fields[kNumber], unescaped(fields[kTarget]), dash[1], unescaped(dash[2]), dash[3]});
  }
  return lines;
}

std::string mount_option(std::string_view options, std::string_view name) {
  for (const std::string& option : split(options, ',')) {
    const std::size_t equals = option.find('=');
    if (option.substr(0, equals) != name) continue;
    return equals == std::string::npos ? std::string(name) : unescaped(option.substr(equals + 1));
  }
  return {};
}

}  // namespace devbox::host
