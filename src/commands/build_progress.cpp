#include "commands/build_progress.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "util/text.hpp"

namespace devbox::commands {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kBetween(100);

void say(const std::string& text) { std::fputs(fmt::format("devbox: {}\n", text).c_str(), stderr); }

}  // namespace

BuildProgress::BuildProgress(Talk talk) : talk_(talk) {}

void BuildProgress::begin(const profile::Task& task, const build::Log& log) {
  name_ = printable(task.name);
  log_ = &log;
  begun_ = Clock::now();
  drawn_ = {};
  if (talk_ == Talk::quiet) return;
  if (talk_ == Talk::usual && is_terminal()) {
    lines_ = std::make_unique<LiveLines>();
    output({});
  } else {
    say(fmt::format("building {}", name_));
  }
}

void BuildProgress::output(std::string_view bytes) {
  if (talk_ == Talk::verbose) std::fwrite(bytes.data(), 1, bytes.size(), stderr);
  const Clock::time_point now = Clock::now();
  if (!lines_ || now - drawn_ < kBetween) return;
  drawn_ = now;
  const std::chrono::duration<double> took = now - begun_;
  const std::string last = printable(log_->last_line());
  lines_->draw({fmt::format("building {} {}{}{}", name_, duration_text(took.count()),
                            last.empty() ? "" : "  ", last)},
               std::nullopt);
}

void BuildProgress::end(const profile::Task& task, const build::Ran& ran) {
  forget();
  if (talk_ == Talk::quiet) return;
  std::string outputs;
  for (const std::string& output : task.outputs)
    outputs += (outputs.empty() ? ": " : ", ") + printable(output);
  say(fmt::format("built {} in {}{}", printable(task.name), duration_text(ran.seconds), outputs));
}

void BuildProgress::forget() { lines_.reset(); }

std::string duration_text(double seconds) {
  if (seconds < 60) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<unsigned long>(seconds);
  return fmt::format("{} min {:02} s", whole / 60, whole % 60);
}

}  // namespace devbox::commands
