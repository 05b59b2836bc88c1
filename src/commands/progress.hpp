// How far long work is, on standard error: a line that changes on a terminal, or a block of lines
// where layers are fetched; a line for each thing that is begun elsewhere.
#pragma once

#include <cstdint>
#include <string>

#include "commands/layer_board.hpp"
#include "commands/live_lines.hpp"
#include "store/import.hpp"

namespace devbox::commands {

enum class Telling { progress, nothing };
constexpr Telling telling(bool quiet) { return quiet ? Telling::nothing : Telling::progress; }

class ProgressLine {
 public:
  explicit ProgressLine(Telling telling = Telling::progress);

  void show(const store::Step& step);

 private:
  void show_layers(double time);

  const Telling telling_;
  const bool on_terminal_;
  LayerBoard layers_;
  LiveLines lines_;
  double drawn_ = 0;   // when, in seconds
  std::string begun_;  // what was told last, elsewhere
};

// "fetching packages: 12 of 69 (29.7 MB)", "unpacking: 312 names, 1.2 MB". Pure.
std::string progress_text(const store::Step& step);

std::string size_text(std::uint64_t bytes);  // "590.1 MB"

}  // namespace devbox::commands
