// One short-lived program, its output kept: for what a static program must not ask itself.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace devbox::host {

struct Captured {
  bool succeeded = false;  // exit status 0, and the output was neither too long nor too late
  std::string output;      // standard output; standard error goes to /dev/null
};

inline constexpr std::size_t kUsualCapture = std::size_t{1024} * 1024;

// Looks for argv[0] in PATH. std::nullopt where it is not there or cannot be started. Output beyond
// `max_bytes` and programs that say nothing for ten seconds (a directory server that does not
// answer) are given up.
std::optional<Captured> capture(const std::vector<std::string>& argv,
                                std::size_t max_bytes = kUsualCapture);

}  // namespace devbox::host
