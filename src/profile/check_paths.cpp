#include <algorithm>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "profile/checks.hpp"
#include "profile/report.hpp"
#include "profile/variables.hpp"
#include "util/path.hpp"

namespace devbox::profile {

namespace {

bool holds_nul(std::string_view value) { return value.find('\0') != std::string_view::npos; }

bool climbs(std::string_view value) {
  for (std::size_t at = value.find(".."); at != std::string_view::npos;
       at = value.find("..", at + 1)) {
    const bool begins = at == 0 || value[at - 1] == '/';
    const bool ends = at + 2 == value.size() || value[at + 2] == '/';
    if (begins && ends) return true;
  }
  return false;
}

// What every path must be: there, without NUL, with variables that exist.
std::string check_path(std::string_view value) {
  if (value.empty()) return " must not be empty";
  if (holds_nul(value)) return " must not hold a NUL character";
  if (value.starts_with('~') && value != "~" && !value.starts_with("~/")) {
    return fmt::format(": `~` is this user's home alone; {} names another", quoted(value));
  }
  const std::string mistake = variable_mistake(value);
  return mistake.empty() ? std::string() : ": " + mistake;
}

bool can_be_absolute(std::string_view value) {
  return value.starts_with('/') || value.starts_with('~') || value.starts_with("${");
}

// "`key` must be WHAT, not "value"" unless the path is absolute once it is expanded.
std::string check_absolute(std::string_view value, std::string_view what) {
  std::string mistake = check_path(value);
  if (mistake.empty() && !can_be_absolute(value)) {
    mistake = fmt::format(" must be {}, not {}", what, quoted(value));
  }
  return mistake;
}

std::string check_target_as(std::string_view value, std::string_view what) {
  std::string mistake = check_absolute(value, what);
  if (!mistake.empty()) return mistake;
  if (climbs(value)) return " must not climb with \"..\"";
  if (path::normal(value) == "/") return " must not be \"/\"";
  return {};
}

}  // namespace

std::string check_host_path(std::string_view value) { return check_path(value); }

std::string check_inside_path(std::string_view value) {
  return check_absolute(value, "an absolute path");
}

std::string check_search_path(std::string_view value) {
  std::string mistake = check_inside_path(value);
  if (!mistake.empty()) return mistake;
  for (const Piece& piece : pieces_of(value).pieces) {
    if (piece.kind == Piece::Kind::literal && piece.raw.find(':') != std::string_view::npos) {
      return fmt::format(" must be one directory, not {}: \":\" separates two", quoted(value));
    }
  }
  return {};
}

std::string check_target(std::string_view value) {
  return check_target_as(value, "an absolute path");
}

std::string check_workspace_target(std::string_view value) {
  return value == "same" ? std::string() : check_target_as(value, "\"same\" or an absolute path");
}

std::string check_cwd(std::string_view value) {
  return value == "same" ? std::string() : check_absolute(value, "\"same\" or an absolute path");
}

std::string check_program(std::string_view value) {
  return value == "auto" ? std::string() : check_absolute(value, "\"auto\" or an absolute path");
}

std::string check_link_text(std::string_view value) { return check_path(value); }

std::string check_share(std::string_view value) {
  if (value.empty()) return " must not be empty";
  if (holds_nul(value)) return " must not hold a NUL character";
  const bool relative = !value.starts_with('/') && value != "~" && !value.starts_with("~/");
  if (!relative) return " must be relative to the home directory";
  if (value.find("${") != std::string_view::npos) return " must be plain: it takes no variables";
  if (climbs(value)) return " must not climb with \"..\"";
  if (path::normal(value) == ".") return " must not be the home directory itself";
  return {};
}

std::string check_device(std::string_view value) {
  if (holds_nul(value)) return " must not hold a NUL character";
  if (!value.starts_with("/dev/") || path::normal(value) == "/dev")
    return " must be a path below /dev";
  if (climbs(value)) return " must not climb with \"..\"";
  return {};
}

}  // namespace devbox::profile
