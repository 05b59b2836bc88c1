#include "profile/expand.hpp"

#include <fmt/format.h>

#include "profile/variables.hpp"

namespace devbox::profile {

namespace {

// `{text, mistake}` of a value that may be missing.
Expanded known(const std::string& value, std::string_view mistake) {
  return value.empty() ? Expanded{{}, std::string(mistake)} : Expanded{value, {}};
}

constexpr std::string_view kNoHome = "the home directory is not known";

Expanded value_of(const Piece& piece, const Variables& variables) {
  switch (piece.kind) {
    case Piece::Kind::literal:
      return {std::string(piece.raw), {}};
    case Piece::Kind::dollar:
      return {"$", {}};
    case Piece::Kind::home:
      return known(variables.home, kNoHome);
    case Piece::Kind::project:
      return known(variables.project, "there is no project here, so ${project} has no value");
    case Piece::Kind::profile_dir:
      return known(variables.profile_dir, "the profile's directory is not known");
    case Piece::Kind::env:
      break;
  }
  const std::optional<std::string> value = variables.env ? variables.env(piece.name) : std::nullopt;
  if (!value) return {{}, fmt::format("{} is not set", piece.raw)};
  return {*value, {}};
}

}  // namespace

Expanded expand(std::string_view text, const Variables& variables) {
  std::string out;
  if (text == "~" || text.starts_with("~/")) {
    if (variables.home.empty()) return {{}, std::string(kNoHome)};
    out = variables.home;
    text.remove_prefix(1);
  }
  const Pieces parsed = pieces_of(text);
  if (!parsed.mistake.empty()) return {{}, parsed.mistake};
  for (const Piece& piece : parsed.pieces) {
    Expanded value = value_of(piece, variables);
    if (!value.mistake.empty()) return value;
    out += value.text;
  }
  return {out, {}};
}

std::vector<std::string> environment_names(std::string_view text) {
  std::vector<std::string> names;
  for (const Piece& piece : pieces_of(text).pieces) {
    if (piece.kind == Piece::Kind::env) names.emplace_back(piece.name);
  }
  return names;
}

}  // namespace devbox::profile
