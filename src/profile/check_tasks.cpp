#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "profile/checks.hpp"
#include "profile/report.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::profile {

namespace {

bool holds(std::string_view value, std::string_view part) {
  return value.find(part) != std::string_view::npos;
}

bool climbs(const std::vector<std::string>& components) {
  return std::find(components.begin(), components.end(), "..") != components.end();
}

// What every path of a task must be: there, plain, and within what it is relative to.
std::string check_plain(std::string_view value) {
  std::string mistake = check_not_empty(value);
  if (!mistake.empty()) return mistake;
  if (holds(value, "${")) return " must be plain: it takes no variables";
  return climbs(split(value, '/')) ? " must not climb with \"..\"" : "";
}

std::string check_relative(std::string_view value) {
  const bool is_home = value == "~" || value.starts_with("~/");
  if (value.starts_with('/') || is_home)
    return fmt::format(" must be relative to the project, not {}", quoted(value));
  return check_plain(value);
}

// Of one component of a pattern.
std::string check_component(std::string_view component, std::string_view pattern) {
  if (component != "**" && holds(component, "**"))
    return fmt::format(": `**` stands alone between slashes, not as in {}", quoted(pattern));
  for (std::size_t at = component.find('['); at != std::string_view::npos;
       at = component.find('[', at)) {
    // A "]" that comes first is one of the characters, negated or not (glob(7)).
    std::size_t first = at + 1;
    if (first < component.size() && (component[first] == '!' || component[first] == '^')) ++first;
    const std::size_t end = component.find(']', first + 1);
    if (end == std::string_view::npos)
      return fmt::format(": a `[` of {} lacks its `]`", quoted(pattern));
    at = end + 1;
  }
  return {};
}

struct Taken {
  std::string_view path;
  std::string_view below;  // the one directory in it that is free; empty: none
};

// Where nothing can be put: the kernel's own and the box's, and what the image's programs need.
constexpr Taken kTaken[] = {
    {"/proc", {}}, {"/sys", {}},         {"/dev", {}},   {"/run", {}},
    {"/etc", {}},  {"/usr", "/usr/src"}, {"/bin", {}},   {"/sbin", {}},
    {"/lib", {}},  {"/lib32", {}},       {"/lib64", {}}, {"/libx32", {}},
};

// What a build has of its own or the image's programs keep things in: a directory below is free.
constexpr std::string_view kNotItself[] = {"/tmp", "/var", "/var/tmp", "/home", "/opt", "/usr/src"};

bool is_taken(const Taken& taken, const std::string& path) {
  if (!path::is_within(path, taken.path)) return false;
  return taken.below.empty() || !path::is_within(path, taken.below);
}

}  // namespace

std::string check_task_name(std::string_view value) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  if (value.empty()) return " must not be empty";
  if (!std::all_of(value.begin(), value.end(), fits))
    return fmt::format(" must be a name of letters, digits, \".\", \"_\" and \"-\", not {}",
                       quoted(value));
  if (value.front() == '.' || value.front() == '-')
    return fmt::format(" must be a name that begins with a letter, a digit or \"_\", not {}",
                       quoted(value));
  constexpr std::size_t kLongest = 64;
  if (value.size() > kLongest)
    return fmt::format(" must have at most {} characters, not {}", kLongest, value.size());
  return {};
}

std::string check_input(std::string_view value) {
  std::string mistake = check_relative(value);
  if (!mistake.empty()) return mistake;
  if (path::normal(value) == ".")
    return " must not be the project itself: `untracked = true` shows all of it";
  if (holds(value, "\\")) return " must not hold a backslash: `[*]` matches a star";
  for (const std::string& component : split(value, '/')) {
    mistake = check_component(component, value);
    if (!mistake.empty()) return mistake;
  }
  return {};
}

std::string check_output(std::string_view value) {
  std::string mistake = check_relative(value);
  if (!mistake.empty()) return mistake;
  if (holds(value, "*") || holds(value, "?"))
    return fmt::format(" must be a path and no pattern, not {}: name the directory", quoted(value));
  const std::string path = path::normal(value);
  if (path == ".") return " must not be the project itself";
  const std::vector<std::string> components = split(path, '/');
  if (std::find(components.begin(), components.end(), ".git") != components.end())
    return fmt::format(" must not be in \".git\", as {} is", quoted(value));
  for (const std::string_view own : {"devbox.toml", "devbox.lock.toml"}) {
    if (path == own) return fmt::format(" must not be {}: it says what is built", quoted(own));
  }
  return {};
}

std::string check_task_cwd(std::string_view value) { return check_relative(value); }

std::string check_build_path(std::string_view value) {
  if (!value.empty() && !value.starts_with('/'))
    return fmt::format(" must be an absolute path, not {}", quoted(value));
  std::string mistake = check_plain(value);
  if (!mistake.empty()) return mistake;
  const std::string path = path::normal(value);
  if (path == "/") return " must not be \"/\"";
  const auto taken = std::find_if(std::begin(kTaken), std::end(kTaken),
                                  [&](const Taken& row) { return is_taken(row, path); });
  if (taken != std::end(kTaken))
    return fmt::format(" must not be in {}, as {} is: try \"/build\"", quoted(taken->path),
                       quoted(value));
  const bool is_itself =
      std::find(std::begin(kNotItself), std::end(kNotItself), path) != std::end(kNotItself);
  if (is_itself)
    return fmt::format(" must not be {} itself: a directory below it can be", quoted(path));
  return {};
}

std::string check_plain_value(std::string_view value) {
  return value.find('\0') != std::string_view::npos ? " must not hold a NUL character" : "";
}

}  // namespace devbox::profile
