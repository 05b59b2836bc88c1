// How far a build is, on standard error: a line that changes on a terminal, a line a task
// elsewhere.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "build/log.hpp"
#include "build/run.hpp"
#include "commands/live_lines.hpp"
#include "profile/task.hpp"

namespace devbox::commands {

enum class Talk { quiet, usual, verbose };

class BuildProgress {
 public:
  explicit BuildProgress(Talk talk);

  void begin(const profile::Task& task, const build::Log& log);
  void output(std::string_view bytes);  // what came, which the log has
  void end(const profile::Task& task, const build::Ran& ran);
  bool shows_output() const { return talk_ == Talk::verbose; }
  void forget();  // nothing of it stays on the terminal

 private:
  const Talk talk_;
  std::unique_ptr<LiveLines> lines_;  // while a task runs on a terminal
  std::string name_;
  const build::Log* log_ = nullptr;
  std::chrono::steady_clock::time_point begun_, drawn_;
};

// "1.2 s", "3 min 05 s". Pure.
std::string duration_text(double seconds);

}  // namespace devbox::commands
