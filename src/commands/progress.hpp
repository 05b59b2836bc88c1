// How far long work is, on standard error: a line that changes on a terminal, or a block of lines
// where layers are fetched; a line for each thing that is begun elsewhere.
#pragma once

#include <cstddef>
#include <string>

#include "commands/layer_board.hpp"
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
  void show_layers();
  void wipe();

  const bool on_terminal_;
  LayerBoard layers_;
  std::size_t shown_ = 0;  // lines of the block
  std::string begun_;      // what was told last, elsewhere
};

// "fetching packages: 12 of 69 (29.7 MB)", "unpacking: 312 names, 1.2 MB". Pure.
std::string progress_text(const store::Step& step);

std::string size_text(std::uint64_t bytes);  // "590.1 MB"

}  // namespace devbox::commands
