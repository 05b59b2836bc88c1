// The mistakes of a profile and its bases, collected while they are read and told at once.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "profile/load.hpp"
#include "profile/node.hpp"

namespace devbox::profile {

class Report {
 public:
  void add(Where at, std::string message);

  // In the order of the files, lines and columns.
  std::vector<Mistake> in_order(const std::vector<ClosureFile>& files) const;

 private:
  struct Found {
    Where at;
    std::string message;
  };
  std::vector<Found> found_;
};

Position position(Where at, const std::vector<ClosureFile>& files);

// Text from a profile inside a message: cut where it is long, and in double quotes.
std::string shortened(std::string_view text);
std::string quoted(std::string_view text);

// A key as TOML writes it: bare where it can be, else in double quotes.
std::string shown_key(std::string_view key);

// "; did you mean `word`?", or nothing for an empty word. `mark` stands around the word.
std::string did_you_mean(std::string_view word, std::string_view mark = "`");

}  // namespace devbox::profile
