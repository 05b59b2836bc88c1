#include "commands/live_lines.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace devbox::commands {
namespace {

constexpr std::string_view kWipe = "\r\x1b[K";
constexpr std::string_view kWipeAbove = "\x1b[A\x1b[K";
constexpr std::string_view kNoBar = "\x1b]9;4;0\x1b\\";

volatile std::sig_atomic_t drawn = 0;  // lines; the cursor stands in the last

// write(2) is all that a handler may do (signal-safety(7)).
void put(std::string_view bytes) {
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, bytes.data(), bytes.size());
}

void wipe() {
  if (drawn == 0) return;
  put(kWipe);
  for (std::sig_atomic_t i = 1; i < drawn; ++i) put(kWipeAbove);
  put(kNoBar);
  drawn = 0;
}

// The signal is blocked until this returns, and then does what it does (SA_RESETHAND).
void wipe_and_end(int signal) {
  wipe();
  ::raise(signal);
}

struct Window {
  std::size_t rows = 24;
  std::size_t columns = 80;
};

Window terminal_size() {
  struct winsize size {};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_row == 0 || size.ws_col < 2)
    return {};
  return {size.ws_row, size.ws_col};
}

}  // namespace

bool is_terminal() {
  const char* term = std::getenv("TERM");
  return ::isatty(STDERR_FILENO) == 1 && (term == nullptr || std::strcmp(term, "dumb") != 0);
}

LiveLines::LiveLines() = default;

LiveLines::~LiveLines() {
  if (!begun_) return;
  wipe();
  for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &before_[i], nullptr);
}

std::size_t LiveLines::most() const {
  const std::size_t rows = terminal_size().rows;
  return rows > 3 ? rows - 2 : 1;
}

void LiveLines::draw(const std::vector<std::string>& lines, std::optional<std::uint64_t> percent) {
  if (!begun_) {
    begun_ = true;
    struct sigaction action {};
    action.sa_handler = wipe_and_end;
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
      ::sigaction(kSignals[i], nullptr, &before_[i]);
      const bool ends = before_[i].sa_handler == SIG_DFL;
      if (ends) ::sigaction(kSignals[i], &action, nullptr);
    }
  }
  const std::size_t columns = terminal_size().columns;
  std::string text = "\r";
  for (std::sig_atomic_t i = 1; i < drawn; ++i) text += "\x1b[A";
  for (const std::string& line : lines) {
    // A line that is wrapped would be two, and one of them would stay.
    text += (&line == &lines.front() ? "" : "\n") + line.substr(0, columns - 1) + "\x1b[K";
  }
  text += "\x1b[J";  // what was longer before
  text += percent ? fmt::format("\x1b]9;4;1;{}\x1b\\", std::min<std::uint64_t>(100, *percent))
                  : "\x1b]9;4;3\x1b\\";
  drawn = static_cast<std::sig_atomic_t>(lines.size());
  put(text);
}

}  // namespace devbox::commands
