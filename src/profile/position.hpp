// Where in a profile something stands.
#pragma once

#include <string>

namespace devbox::profile {

// Where a value stands, so that a later stage can name it: "devbox.toml:12:3".
struct Position {
  std::string file;
  unsigned line = 0;  // from 1; 0 where the value is a default
  unsigned column = 0;

  std::string text() const;  // "file:line:column", or "file" where the line is unknown
};

}  // namespace devbox::profile
