// Every key of the format in one table. The validator walks a document along it, and known_keys()
// and so the test of the manual page read it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace devbox::profile {

// The version of the format that this program understands.
inline constexpr std::int64_t kSchema = 1;

enum class Kind {
  table,
  tables,  // an array of tables
  string,
  strings,  // an array of strings; the check is for each
  command,  // a string for sh, or an array of strings; the check is for each that is not
            // empty, and for the first
  boolean,
  integer,
  number,  // an integer or a float
  flag,    // true, false or "auto"
};

// What of a key can be carried out. The rest is checked as always and then refused, never ignored.
enum class Support {
  yes,
  no,
  if_empty,  // only an empty array, which asks for nothing
};

struct Word {
  std::string_view text;
  Support support = Support::yes;
};

using TextCheck = std::string (*)(std::string_view);
using NumberCheck = std::string (*)(double);

struct Key {
  std::string_view path;  // a component in capitals stands for any key: "mounts.TARGET.type"
  Kind kind = Kind::table;
  Support support = Support::yes;
  std::span<const Word> words = {};    // of a string: the allowed values; empty where any is
  TextCheck check = nullptr;           // of a string, of each of strings or of a command
  NumberCheck number_check = nullptr;  // of an integer or a number
  TextCheck key_check = nullptr;       // of the name that stands for the last component

  // "mounts.TARGET" of "mounts.TARGET.type"; empty at the top
  constexpr std::string_view parent() const {
    const std::size_t dot = path.rfind('.');
    return dot == std::string_view::npos ? std::string_view() : path.substr(0, dot);
  }
  // "type" of "mounts.TARGET.type"
  constexpr std::string_view name() const { return path.substr(path.rfind('.') + 1); }
};

std::span<const Key> schema();

// A row as the table that holds it is looked at: by the key's name.
struct NamedKey {
  std::string_view parent;
  std::string_view name;
  bool is_wildcard = false;  // the last component stands for any key
  const Key* key = nullptr;
};

// The rows of the table whose row is `parent` (empty: the document).
std::span<const NamedKey> keys_of(std::string_view parent);

// The row of `name` among those of a table, or nullptr.
const Key* find_key(std::span<const NamedKey> table, std::string_view name);

// The names that the table `parent` knows.
std::vector<std::string> key_names(std::string_view parent);

}  // namespace devbox::profile
