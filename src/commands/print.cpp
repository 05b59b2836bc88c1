#include <cerrno>
#include <cstdio>

#include "commands/commands.hpp"
#include "host/cannot.hpp"

namespace devbox::commands {

int print(const std::string& text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (!written || std::fflush(stdout) != 0)
    throw host::cannot("write to", "standard output", errno);
  return 0;
}

}  // namespace devbox::commands
