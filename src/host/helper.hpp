// One of devbox's own programs, run to its end.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace devbox::host {

struct Helped {
  int status = 0;      // its exit status; 128 and the signal where one ended it
  std::string output;  // its standard output, at most 1 MiB of it
};

// Runs argv[0], a path, with `input` (borrowed) as its standard input. Each whole line that it
// writes to descriptor 3, of at most 1 MiB, is given to `line` as it comes. Standard error is ours,
// and the environment but for `variables`, "NAME=value". Throws Error where it cannot be started.
Helped run_helper(const std::vector<std::string>& argv, int input,
                  const std::function<void(std::string_view)>& line,
                  const std::vector<std::string>& variables = {});

}  // namespace devbox::host
