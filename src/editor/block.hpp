// A part of somebody's file that is ours, between two comments.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace devbox::editor {

struct Block {
  std::string_view name;     // of the editor, which both comments have
  std::string_view comment;  // what begins a comment to the end of its line: "#", "--"
};

// `text` without the block, and with `content` in it, at its place or at the end; std::nullopt
// where it is not there once, whole.
std::optional<std::string> without_block(std::string_view text, const Block& block);
std::optional<std::string> with_block(std::string_view text, const Block& block,
                                      std::string_view content);

}  // namespace devbox::editor
