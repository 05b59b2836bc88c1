// A TOML document as the stages behind the parser see it: plain values that can be copied, merged
// and moved without losing where they stood.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace devbox::profile {

// A place in one of the files of a profile: `file` counts them in the order in which they were
// read.
struct Where {
  std::uint32_t file = 0;
  std::uint32_t line = 0;
  std::uint32_t column = 0;

  auto operator<=>(const Where&) const = default;
};

struct Node {
  enum class Type { table, array, string, integer, floating, boolean, date, time, date_time };

  Type type = Type::table;
  Where at;         // of the value
  std::string key;  // in a table; empty in an array
  Where key_at;
  std::string text;  // string
  std::int64_t integer = 0;
  double floating = 0;
  bool boolean = false;
  std::vector<Node> children;  // of a table sorted by key, of an array in order
  bool valid = true;           // false: a mistake in it, or in a key of it, has been reported

  // Of an integer or a float.
  double number() const { return type == Type::integer ? static_cast<double>(integer) : floating; }

  bool is_table() const { return type == Type::table; }

  // The value of `name` in this table, or nullptr.
  const Node* find(std::string_view name) const;
  Node* find(std::string_view name);

  // The value at a dotted path ("env.path.prepend"), or nullptr.
  const Node* at_path(std::string_view path) const;
  Node* at_path(std::string_view path);
};

}  // namespace devbox::profile
