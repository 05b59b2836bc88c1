#include <fmt/format.h>

#include <cstdio>

#include "commands/commands.hpp"
#include "commands/shim_directory.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::commands {
namespace {

void say(const std::string& text) { std::fputs(fmt::format("devbox: {}\n", text).c_str(), stderr); }

// What the host runs is then for the box to write.
void warn_of_project(const Subject& subject, const std::string& directory) {
  const auto project = store::project_of(subject.found, subject.host);
  const bool is_written = subject.profile.workspace.mode == profile::WorkspaceMode::rw;
  if (project && is_written && path::is_within(directory, *project))
    say(
        fmt::format("{} is in the project: what runs in the box can change these programs, which "
                    "the host runs",
                    printable(directory)));
}

}  // namespace

int shims(const cli::Shims& verb) {
  const Subject subject = read_profile(verb.profile);
  const std::string directory = verb.directory.empty()
                                    ? shim_directory(subject)
                                    : path::absolute(verb.directory, subject.host.cwd);
  const std::vector<std::string>& wanted = subject.profile.editor.shims;
  if (wanted.empty())
    say(fmt::format("{} names no commands in `editor.shims`", printable(subject.profile.path)));
  warn_of_project(subject, directory);
  for (const std::string& name : refresh_shims(subject, directory))
    say(fmt::format("removed {}", printable(path::join(directory, name))));
  std::string text;
  for (const std::string& command : wanted) text += path::join(directory, command) + "\n";
  return print(text);
}

}  // namespace devbox::commands
