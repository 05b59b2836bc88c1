#include "image/member.hpp"

namespace devbox::image {

std::optional<std::string> member_path(std::string_view name) {
  constexpr std::size_t kMostInName = 255;   // NAME_MAX
  constexpr std::size_t kMostInPath = 4095;  // PATH_MAX with its NUL
  if (name.size() > kMostInPath || name.find('\0') != std::string_view::npos) return std::nullopt;
  std::string path;
  while (!name.empty()) {
    const std::size_t size = name.find('/');
    const std::string_view part = name.substr(0, size);
    name.remove_prefix(size == std::string_view::npos ? name.size() : size + 1);
    if (part.empty() || part == ".") continue;
    if (part == ".." || part.size() > kMostInName) return std::nullopt;
    if (!path.empty()) path += '/';
    path += part;
  }
  return path;
}

}  // namespace devbox::image
