#include "profile/variables.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "profile/report.hpp"
#include "util/text.hpp"

namespace devbox::profile {

namespace {

constexpr std::string_view kProfileDir = "${profile_dir}";

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// POSIX.1-2017, section 8.1: names that a shell can write.
bool is_environment_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), is_name_character);
}

// `inside` is what stands between the braces.
std::optional<Piece> variable(std::string_view inside, std::string_view raw) {
  constexpr std::string_view kEnv = "env:";
  if (inside == "home") return Piece{Piece::Kind::home, raw, {}};
  if (inside == "project") return Piece{Piece::Kind::project, raw, {}};
  if (raw == kProfileDir) return Piece{Piece::Kind::profile_dir, raw, {}};
  if (inside.starts_with(kEnv) && is_environment_name(inside.substr(kEnv.size()))) {
    return Piece{Piece::Kind::env, raw, inside.substr(kEnv.size())};
  }
  return std::nullopt;
}

std::string unknown_variable(std::string_view inside, std::string_view raw) {
  const std::string known[] = {"home", "project", "profile_dir"};
  std::string meant = nearest(inside, known);
  const auto is_upper = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  if (inside.starts_with("env:")) {
    return fmt::format("`{}` does not name a variable; write `${{env:NAME}}`", shortened(raw));
  }
  if (meant.empty() && !inside.empty() && std::all_of(inside.begin(), inside.end(), is_upper)) {
    meant = fmt::format("env:{}", shortened(inside));
  }
  const std::string hint =
      meant.empty() ? "; `$$` is a literal `$`" : did_you_mean("${" + meant + "}");
  return fmt::format("unknown variable `{}`{}", shortened(raw), hint);
}

}  // namespace

Pieces pieces_of(std::string_view text) {
  Pieces result;
  while (!text.empty()) {
    const std::size_t dollar = text.find('$');
    if (dollar != 0) {
      result.pieces.push_back({Piece::Kind::literal, text.substr(0, dollar), {}});
      text.remove_prefix(std::min(dollar, text.size()));
    } else if (text.starts_with("$$")) {
      result.pieces.push_back({Piece::Kind::dollar, text.substr(0, 2), {}});
      text.remove_prefix(2);
    } else if (!text.starts_with("${")) {
      result.pieces.push_back({Piece::Kind::literal, text.substr(0, 1), {}});
      text.remove_prefix(1);
    } else {
      const std::size_t end = text.find('}');
      if (end == std::string_view::npos) return {{}, "`${` without its `}`"};
      const std::string_view raw = text.substr(0, end + 1);
      const std::string_view inside = raw.substr(2, raw.size() - 3);
      const std::optional<Piece> piece = variable(inside, raw);
      if (!piece) return {{}, unknown_variable(inside, raw)};
      result.pieces.push_back(*piece);
      text.remove_prefix(end + 1);
    }
  }
  return result;
}

std::string variable_mistake(std::string_view text) {
  if (text.find('$') == std::string_view::npos) return {};
  return pieces_of(text).mistake;
}

std::string with_profile_dir(std::string text, std::string_view directory) {
  if (text.find(kProfileDir) == std::string::npos) return text;
  const Pieces parsed = pieces_of(text);
  if (!parsed.mistake.empty()) return text;
  std::string out;
  for (const Piece& piece : parsed.pieces) {
    if (piece.kind != Piece::Kind::profile_dir) {
      out += piece.raw;
      continue;
    }
    for (const char c : directory) out.append(c == '$' ? 2 : 1, c);
  }
  return out;
}

}  // namespace devbox::profile
