#include "launch/terminal.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace devbox::launch {
namespace {

constexpr std::size_t kModesBytes =
    36;  // the kernel's struct termios: four words, a line, 19 characters

std::string hex(const unsigned char* bytes, std::size_t size) {
  std::string text;
  for (std::size_t i = 0; i < size; ++i) text += fmt::format("{:02x}", bytes[i]);
  return text;
}

unsigned char digit(char c) {
  return static_cast<unsigned char>(c <= '9' ? c - '0' : c - 'a' + 10);
}

}  // namespace

Terminal find_terminal() {
  Terminal terminal;
  bool all = true;
  for (int fd = 0; fd <= 2; ++fd) {
    unsigned char modes[64] = {};
    if (::ioctl(fd, TCGETS, modes) < 0) {
      all = false;
    } else if (terminal.fd < 0 && ::tcgetpgrp(fd) >= 0) {
      terminal.fd = fd;
      terminal.modes = hex(modes, kModesBytes);
    }
  }
  const bool ours = terminal.fd >= 0 && ::tcgetpgrp(terminal.fd) == ::getpgrp();
  if (!ours) terminal.modes = "-";  // another's, perhaps a shell's that is reading a line
  terminal.foreground = all && ours && ::getpgrp() == ::getpid();
  return terminal;
}

void tell_terminal(const Terminal& terminal, const std::string& bytes) {
  if (bytes.empty() || terminal.fd < 0 || terminal.modes == "-") return;
  // One that takes no more is gone, or is not worth a start.
  static_cast<void>(!::write(terminal.fd, bytes.data(), bytes.size()));
}

void restore(const Terminal& terminal) {
  if (terminal.fd < 0 || terminal.modes.size() != 2 * kModesBytes) return;
  ::tcsetpgrp(terminal.fd, ::getpgrp());
  unsigned char modes[64] = {};
  for (std::size_t i = 0; i < kModesBytes; ++i) {
    modes[i] = static_cast<unsigned char>(digit(terminal.modes[2 * i]) << 4U |
                                          digit(terminal.modes[2 * i + 1]));
  }
  ::ioctl(terminal.fd, TCSETSW, modes);
}

}  // namespace devbox::launch
