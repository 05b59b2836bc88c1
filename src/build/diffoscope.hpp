// diffoscope, where the user has it: it knows many more formats than devbox does.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace devbox::build {

inline constexpr std::chrono::seconds kDiffoscopeLimit{120};

// Has the diffoscope of PATH compare the two, and its report written to `log_path`. Returns a
// sentence that says where that is, or why there is none; std::nullopt where there is no
// diffoscope. Throws Error where it cannot be started.
//
// It is the user's own, runs as the user with all that the user may do, and gives what a build made
// to dozens of parsers: whoever calls this was asked to by the user, in so many words.
std::optional<std::string> diffoscope(const std::string& first, const std::string& second,
                                      const std::string& log_path,
                                      std::chrono::seconds limit = kDiffoscopeLimit);

}  // namespace devbox::build
