#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>

#include "commands/commands.hpp"
#include "commands/tasks_table.hpp"
#include "host/installation.hpp"
#include "host/probe.hpp"
#include "store/profiles.hpp"
#include "util/text.hpp"

namespace devbox::commands {
namespace {

std::size_t columns() {
  constexpr std::size_t kUsual = 80;
  constexpr unsigned short kLeast = 40;  // of what is narrower the lines are broken
  struct winsize size {};
  const bool known = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= kLeast;
  return known ? size.ws_col : kUsual;
}

}  // namespace

int tasks(const cli::Tasks& verb) {
  const host::Host host = host::probe();
  const std::string installed = host::installation().profiles;
  const profile::Profile profile =
      store::read(store::find(verb.profile, host, installed), host, installed);
  if (verb.json) return print(json_text(tasks_json(profile.tasks)));
  if (profile.tasks.empty()) {
    std::fputs(fmt::format("devbox: {} has no tasks\n"
                           "  hint: these lines in it are one, for `devbox run --task hello`\n"
                           "    [tasks.hello]\n"
                           "    description = \"says where it is\"\n"
                           "    run = \"echo hello from $(pwd)\"\n",
                           printable(profile.path))
                   .c_str(),
               stderr);
    return 0;
  }
  std::string text;
  for (const std::string& line : tasks_table(profile.tasks, columns())) text += line + "\n";
  return print(text);
}

}  // namespace devbox::commands
