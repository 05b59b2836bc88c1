#include "commands/progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <utility>

#include "util/text.hpp"

namespace devbox::commands {
namespace {

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void say(const std::string& line) { std::fputs(fmt::format("devbox: {}\n", line).c_str(), stderr); }

}  // namespace

ProgressLine::ProgressLine(Telling telling) : telling_(telling), on_terminal_(is_terminal()) {}

void ProgressLine::show_layers(double time) {
  if (!on_terminal_) {
    for (const std::string& line : layers_.news()) say(line);
    return;
  }
  constexpr double kInterval = 0.05;  // seconds; each layer says how far it is, and none waits
  if (time - drawn_ < kInterval) return;
  drawn_ = time;
  std::vector<std::string> lines = layers_.lines(lines_.most());
  for (std::string& line : lines) line.insert(0, "devbox: ");
  lines_.draw(lines, layers_.percent());
}

void ProgressLine::show(const store::Step& step) {
  if (telling_ == Telling::nothing) return;
  if (step.layer || !layers_.empty()) {
    const double time = now();
    layers_.take(step, time);
    return show_layers(time);
  }
  if (on_terminal_) {
    std::optional<std::uint64_t> percent;
    if (step.total > 0) percent = step.done * 100 / step.total;
    return lines_.draw({"devbox: " + progress_text(step)}, percent);
  }
  std::string doing = step.doing.empty() ? "unpacking" : step.doing;
  if (doing == begun_) return;
  begun_ = std::move(doing);
  const std::string more = step.doing.empty() ? "" : progress_text(step).substr(step.doing.size());
  say(printable(begun_) + (step.done == 0 ? more : ""));
}

std::string progress_text(const store::Step& step) {
  if (step.doing.empty())
    return fmt::format("unpacking: {} names, {}", step.names, size_text(step.bytes));
  std::string text = printable(step.doing);
  if (step.total > 0) text += fmt::format(": {} of {}", step.done, step.total);
  if (!step.size.empty()) text += fmt::format(" ({})", printable(step.size));
  return text;
}

std::string size_text(std::uint64_t bytes) { return megabytes(bytes); }

}  // namespace devbox::commands
