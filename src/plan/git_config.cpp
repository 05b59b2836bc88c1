#include "plan/git_config.hpp"

#include <string_view>

namespace devbox::plan {
namespace {

std::string quoted_value(std::string_view value) {
  std::string out = "\"";
  for (const char c : value) {
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
  }
  return out + '"';
}

}  // namespace

std::string git_config_text(const std::map<std::string, std::string>& values) {
  std::string text = "[include]\n\tpath = /etc/gitconfig\n";
  for (const auto& [key, value] : values) {
    const std::size_t dot = key.find('.');
    text.append("[").append(key, 0, dot).append("]\n\t").append(key, dot + 1).append(" = ");
    text.append(quoted_value(value)).append("\n");
  }
  return text;
}

}  // namespace devbox::plan
