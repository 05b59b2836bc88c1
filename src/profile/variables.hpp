// The grammar of `${…}`: what expand.cpp resolves and what the validator checks beforehand.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace devbox::profile {

struct Piece {
  enum class Kind {
    literal,
    dollar,       // "$$", a literal `$`
    home,         // ${home}
    project,      // ${project}
    profile_dir,  // ${profile_dir}
    env,          // ${env:NAME}
  };
  Kind kind = Kind::literal;
  std::string_view raw;   // as written
  std::string_view name;  // of ${env:NAME}
};

struct Pieces {
  std::vector<Piece> pieces;
  std::string mistake;  // empty, or what is wrong with a variable: "unknown variable `${hom}`; …"
};

// `text` cut at its variables. A `$` that neither `{` nor `$` follows is literal.
Pieces pieces_of(std::string_view text);

// Pieces::mistake of `text`, without the pieces.
std::string variable_mistake(std::string_view text);

// `text` with ${profile_dir} replaced by `directory`, whose own `$` are doubled. Text that holds a
// mistake stays as it is.
std::string with_profile_dir(std::string text, std::string_view directory);

}  // namespace devbox::profile
