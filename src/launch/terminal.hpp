// The caller's terminal, as the box will share it.
#pragma once

#include <string>

namespace devbox::launch {

struct Terminal {
  int fd = -1;  // the standard descriptor that is our controlling terminal
  bool foreground =
      false;  // the command gets it at once: we have it, and all three streams are on it
  std::string modes = "-";  // the kernel's struct termios in hex (init/protocol.hpp)
};

// Beside others of a pipeline (a stream is not the terminal) the command starts in the background,
// and gets the terminal when it asks: `devbox run -- make | less` must leave the keyboard to less.
Terminal find_terminal();

// Takes the terminal back and restores its modes, after a start that failed. SIGTTOU must be
// blocked.
void restore(const Terminal& terminal);

}  // namespace devbox::launch
