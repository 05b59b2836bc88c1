// Lines on a terminal, on standard error, that change in their place, and are gone when they end:
// also where SIGINT, SIGTERM or SIGHUP ends the program. One at a time.
#pragma once

#include <signal.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace devbox::commands {

// Whether standard error is a terminal that can move its cursor.
bool is_terminal();

class LiveLines {
 public:
  LiveLines();
  ~LiveLines();
  LiveLines(const LiveLines&) = delete;
  LiveLines& operator=(const LiveLines&) = delete;

  // In the place of those of before, in one write; each is cut to the terminal's width. `percent`
  // is for terminals that show it in a tab or a task bar (OSC 9;4): std::nullopt where it is not
  // known.
  void draw(const std::vector<std::string>& lines, std::optional<std::uint64_t> percent);

  std::size_t most() const;  // lines that fit

 private:
  static constexpr std::array kSignals = {SIGHUP, SIGINT, SIGTERM};
  std::array<struct sigaction, kSignals.size()> before_{};
  bool begun_ = false;
};

}  // namespace devbox::commands
