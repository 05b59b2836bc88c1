#include "editor/shim.hpp"

#include <fmt/format.h>

#include "util/json.hpp"
#include "util/text.hpp"

namespace devbox::editor {
namespace {

constexpr std::string_view kMarker =
    "\n# A shim, written by `devbox shims`, which removes it too.\n";
constexpr std::string_view kCommand = "\ncommand = ";
constexpr std::string_view kProfile = "\nprofile = ";

// execve(2), "Interpreter scripts": 255 bytes, and white space ends the path.
bool can_be_interpreter(std::string_view program, std::string_view word) {
  constexpr std::size_t kMost = 255;
  return program.size() + std::string_view("#! ").size() + word.size() <= kMost &&
         program.find_first_of(" \t\n\r") == std::string_view::npos;
}

// The string of JSON behind `key`, to the end of its line.
std::optional<std::string> value_of(std::string_view text, std::string_view key) {
  const std::size_t at = text.find(key);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view rest = text.substr(at + key.size());
  const std::optional<Json> value = parse_json(rest.substr(0, rest.find('\n')));
  if (!value || !value->is_string()) return std::nullopt;
  return value->get<std::string>();
}

}  // namespace

std::string shim_text(const Shim& shim, std::string_view program, std::string_view word) {
  const std::string start =
      can_be_interpreter(program, word)
          ? fmt::format("#!{} {}", program, word)
          : fmt::format("#!/bin/sh\nexec {} {} \"$0\" \"$@\"", shell_quoted(program), word);
  return fmt::format(
      "{}{}# It runs in the box of the nearest devbox.toml, else in that of this profile."
      "{}{}{}{}\n",
      start, kMarker, kCommand, Json(shim.command).dump(), kProfile,
      Json(shim.profile).dump(-1, ' ', false, Json::error_handler_t::replace));
}

std::optional<Shim> read_shim(std::string_view text) {
  const std::size_t marker = text.find(kMarker);
  if (!text.starts_with("#!") || text.size() > kMostShimBytes || marker == std::string_view::npos)
    return std::nullopt;
  const std::string_view rest = text.substr(marker + kMarker.size() - 1);
  std::optional<std::string> command = value_of(rest, kCommand);
  std::optional<std::string> profile = value_of(rest, kProfile);
  if (!command || !profile) return std::nullopt;
  return Shim{*std::move(command), *std::move(profile)};
}

}  // namespace devbox::editor
