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

// The command gets the terminal at once where we have it, all three streams are on it, and our
// process group is ours alone, as a shell makes it for one command. Elsewhere it starts in the
// background, a key that sends a signal reaches our group, we pass it on, and the command gets the
// terminal when it asks for it: `devbox run -- make | less` must leave the keyboard to less, and ^C
// must reach a script whose loop runs us: bash goes on after a command that died of a SIGINT that
// bash itself did not get.
Terminal find_terminal();

// Where it is ours.
void tell_terminal(const Terminal& terminal, const std::string& bytes);

// Takes the terminal back and restores its modes, after a start that failed. SIGTTOU must be
// blocked.
void restore(const Terminal& terminal);

}  // namespace devbox::launch
