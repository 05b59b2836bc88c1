#include "commands/progress.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "util/text.hpp"

namespace devbox::commands {
namespace {

// OSC 9;4, which terminals show in a tab or a task bar; others ignore it.
constexpr const char* kClear = "\x1b]9;4;0\x1b\\";
constexpr const char* kUnknown = "\x1b]9;4;3\x1b\\";

bool is_terminal() {
  const char* term = std::getenv("TERM");
  return ::isatty(STDERR_FILENO) == 1 && (term == nullptr || std::strcmp(term, "dumb") != 0);
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

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string bar(const store::Step& step) {
  if (step.total == 0) return kUnknown;
  return fmt::format("\x1b]9;4;1;{}\x1b\\",
                     std::min<std::uint64_t>(100, step.done * 100 / step.total));
}

}  // namespace

ProgressLine::ProgressLine() : on_terminal_(is_terminal()) {}

ProgressLine::~ProgressLine() {
  if (on_terminal_ && !(begun_.empty() && layers_.empty())) {
    wipe();
    std::fputs(kClear, stderr);
  }
}

// Of the block the cursor stands in the last line.
void ProgressLine::wipe() {
  std::string text = "\r\x1b[K";
  for (std::size_t i = 1; i < shown_; ++i) text += "\x1b[A\x1b[K";
  std::fputs(text.c_str(), stderr);
  shown_ = 0;
}

void ProgressLine::show_layers() {
  if (!on_terminal_) {
    for (const std::string& line : layers_.news())
      std::fputs(fmt::format("devbox: {}\n", line).c_str(), stderr);
    return;
  }
  const Window window = terminal_size();
  wipe();
  const std::vector<std::string> lines = layers_.lines(window.rows > 3 ? window.rows - 2 : 1);
  std::string text;
  for (const std::string& line : lines) {
    // A line that is wrapped would be two, and one of them would stay.
    const std::string whole = "devbox: " + line;
    text += (text.empty() ? "" : "\n") + whole.substr(0, window.columns - 1);
  }
  shown_ = lines.size();
  std::fputs(fmt::format("{}\x1b]9;4;1;{}\x1b\\", text, layers_.percent()).c_str(), stderr);
}

void ProgressLine::show(const store::Step& step) {
  if (step.layer || !layers_.empty()) {
    layers_.take(step, now());
    return show_layers();
  }
  if (on_terminal_) {
    begun_ = progress_text(step);
    std::fputs(fmt::format("\r\x1b[Kdevbox: {}{}", begun_, bar(step)).c_str(), stderr);
    return;
  }
  std::string doing = step.doing.empty() ? "unpacking" : step.doing;
  if (doing == begun_) return;
  begun_ = std::move(doing);
  const std::string more = step.doing.empty() ? "" : progress_text(step).substr(step.doing.size());
  std::fputs(fmt::format("devbox: {}{}\n", printable(begun_), step.done == 0 ? more : "").c_str(),
             stderr);
}

std::string progress_text(const store::Step& step) {
  if (step.doing.empty())
    return fmt::format("unpacking: {} names, {}", step.names, size_text(step.bytes));
  std::string text = printable(step.doing);
  if (step.total > 0) text += fmt::format(": {} of {}", step.done, step.total);
  if (!step.size.empty()) text += fmt::format(" ({})", printable(step.size));
  return text;
}

std::string size_text(std::uint64_t bytes) {
  constexpr double kMega = 1e6;
  return fmt::format("{:.1f} MB", static_cast<double>(bytes) / kMega);
}

}  // namespace devbox::commands
