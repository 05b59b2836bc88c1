// What a build says, kept in a file, with its last lines at hand.
#pragma once

#include <deque>
#include <string>
#include <string_view>

#include "util/fd.hpp"

namespace devbox::build {

class Log {
 public:
  // A new file below `directory`, named for `name` and the time; of those of `name`, all but the
  // ten newest go. Throws Error.
  Log(const std::string& directory, const std::string& name);

  void add(std::string_view bytes);  // throws Error

  const std::string& path() const { return path_; }
  std::string last_line() const;  // not empty where there was one; as the build wrote it
  std::deque<std::string> last_lines() const;  // at most twenty

 private:
  std::string path_;
  Fd file_;
  std::deque<std::string> lines_;
  std::string partial_;  // what no newline has ended yet
};

}  // namespace devbox::build
