#include <sys/ioctl.h>
#include <unistd.h>

#include "commands/commands.hpp"
#include "commands/ps_table.hpp"
#include "host/probe.hpp"
#include "launch/records.hpp"
#include "util/json.hpp"

namespace devbox::commands {
namespace {

std::size_t columns() {
  constexpr std::size_t kWide = 512;  // whoever reads it may be a program
  struct winsize size {};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0) return kWide;
  return size.ws_col;
}

}  // namespace

int ps(const cli::Ps& verb) {
  const host::Host host = host::probe();
  const std::vector<launch::Record> running = launch::Records(host.dirs.runtime).running();
  const std::int64_t now = launch::boot_time();
  if (verb.json) return print(json_text(ps_json(running, now)));
  std::string text;
  if (verb.quiet) {
    for (const std::string& id : short_ids(running)) text += id + "\n";
  } else {
    for (const std::string& line : ps_table(running, now, host.home, columns()))
      text += line + "\n";
  }
  return print(text);
}

}  // namespace devbox::commands
