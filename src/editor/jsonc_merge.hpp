// Settings put into a file that somebody keeps by hand: JSON with comments, as VS Code and Zed read
// it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "util/json.hpp"

namespace devbox::editor {

struct JsoncMistake {
  std::size_t line = 0, column = 0;  // from 1; columns in bytes
};

// The first mistake in a file of settings, or std::nullopt. Empty, or with nothing but comments, it
// is as good as {}.
std::optional<JsoncMistake> jsonc_mistake(std::string_view text);

// `text`, which has no mistake and whose value is an object, with the members of `wanted` in it:
// objects merge, everything else is replaced. Only what differs is written; comments, order,
// indentation and line ends stay, and what is added looks like what is beside it. Where nothing
// differs the text is returned as it is.
std::string jsonc_merged(std::string_view text, const Json& wanted);

}  // namespace devbox::editor
