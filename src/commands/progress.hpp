// How far long work is, on standard error: one line that changes on a terminal, a line for each
// thing that is begun elsewhere.
#pragma once

#include <string>

#include "store/import.hpp"

namespace devbox::commands {

class ProgressLine {
 public:
  ProgressLine();
  ~ProgressLine();  // nothing of the line is left
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(const store::Step& step);

 private:
  const bool on_terminal_;
  std::string begun_;  // what was told last, elsewhere
};

// "fetching packages: 12 of 69 (29.7 MB)", "unpacking: 312 names, 1.2 MB". Pure.
std::string progress_text(const store::Step& step);

std::string size_text(std::uint64_t bytes);  // "590.1 MB"

}  // namespace devbox::commands
