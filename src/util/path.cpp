#include "util/path.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace devbox::path {

namespace {

std::string_view without_trailing_slashes(std::string_view path) {
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  return path;
}

// Adds one component of a path whose earlier ones are in `kept`.
void add_component(std::vector<std::string_view>& kept, std::string_view name, bool is_absolute) {
  if (name.empty() || name == ".") return;
  const bool is_up = name == "..";
  if (is_up && !kept.empty() && kept.back() != "..") {
    kept.pop_back();
  } else if (!is_up || !is_absolute) {  // the parent of "/" is "/"
    kept.push_back(name);
  }
}

// Whether normal() would change nothing. Most paths are asked to be normal more than once.
bool is_normal(std::string_view path) {
  if (!path.starts_with('/')) return false;
  for (std::size_t begin = 1; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view name = path.substr(begin, end - begin);
    if (name == "." || name == ".." || (name.empty() && path.size() > 1)) return false;
    begin = end + 1;
  }
  return true;
}

}  // namespace

std::string normal(std::string_view path) {
  if (is_normal(path)) return std::string(path);
  const bool is_absolute = path.starts_with('/');
  std::vector<std::string_view> kept;
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    add_component(kept, path.substr(begin, end - begin), is_absolute);
    begin = end + 1;
  }
  std::string text = is_absolute ? "/" : "";
  for (const std::string_view name : kept) {
    if (!text.empty() && text.back() != '/') text += '/';
    text += name;
  }
  return text.empty() ? "." : text;
}

std::string absolute(std::string_view path, std::string_view base) {
  return path.starts_with('/') ? normal(path) : normal(join(base, path));
}

bool is_within(std::string_view path, std::string_view ancestor) {
  if (!path.starts_with(ancestor)) return false;
  return path.size() == ancestor.size() || ancestor.ends_with('/') || path[ancestor.size()] == '/';
}

std::string join(std::string_view directory, std::string_view name) {
  std::string text(directory);
  if (directory.empty() || name.empty()) return text.append(name);
  if (text.back() != '/') text += '/';
  return text.append(name);
}

std::string parent(std::string_view path) {
  path = without_trailing_slashes(path);
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return std::string(without_trailing_slashes(path.substr(0, slash == 0 ? 1 : slash)));
}

std::string_view above(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return path.substr(0, slash == std::string_view::npos ? 0 : std::max<std::size_t>(slash, 1));
}

std::string filename(std::string_view path) {
  path = without_trailing_slashes(path);
  const std::size_t slash = path.rfind('/');
  return std::string(slash == std::string_view::npos ? path : path.substr(slash + 1));
}

}  // namespace devbox::path
