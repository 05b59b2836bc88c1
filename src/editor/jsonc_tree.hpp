// JSON with comments as a tree of places in its text.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "editor/json_walk.hpp"

namespace devbox::editor {

struct JsoncMember;

struct JsoncNode {
  JsonStep::Kind kind = JsonStep::Kind::wrong;  // object, array, string or scalar
  std::size_t begin = 0, end = 0;
  std::size_t trailing_comma = std::string_view::npos;
  std::vector<JsoncMember> members;  // of an object
  std::vector<JsoncNode> elements;   // of an array

  // The last of that name, which is the one that counts; or nullptr.
  const JsoncMember* find(std::string_view key) const;
};

struct JsoncMember {
  std::string key;
  std::size_t begin = 0;  // of the key
  JsoncNode value;
};

// A file of settings: with a byte order mark or without.
struct JsoncFile {
  std::optional<JsoncNode> root;  // none: nothing but comments
  std::optional<std::size_t> mistake;
};
JsoncFile read_jsonc(std::string_view text);

// Where the last comment before `to` ends, from a place where neither a string nor a comment is
// open; `from` where there is none.
std::size_t after_comments(std::string_view text, std::size_t from, std::size_t to);

}  // namespace devbox::editor
