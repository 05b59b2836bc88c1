#include <fmt/format.h>

#include "commands/commands.hpp"
#include "commands/shim_directory.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::commands {
namespace {

// fish(1), "Quotes": in single quotes a backslash and a quote are escaped, and nothing else.
std::string fish_quoted(const std::string& word) {
  std::string text = "'";
  for (const char c : word) {
    if (c == '\\' || c == '\'') text += '\\';
    text += c;
  }
  return text + "'";
}

// The shims first, and none of another profile's: a second time says the same.
std::vector<std::string> search_path(const Subject& subject, const std::string& directory) {
  std::vector<std::string> parts{directory};
  const auto path = subject.host.env.find("PATH");
  if (path == subject.host.env.end()) return parts;
  const std::string all = path::parent(directory);
  for (const std::string& part : split(path->second, ':')) {
    if (part != all && !path::is_within(part, all)) parts.push_back(part);
  }
  return parts;
}

}  // namespace

int shellenv(const cli::ShellEnv& verb) {
  const Subject subject = read_profile(verb.profile);
  const std::string directory = shim_directory(subject);
  refresh_shims(subject, directory);
  const std::vector<std::string> parts = search_path(subject, directory);
  if (verb.shell == "fish") {
    std::string text = "set -gx PATH";
    for (const std::string& part : parts) text += " " + fish_quoted(part);
    return print(text + "\nset -gx DEVBOX_PROFILE " + fish_quoted(subject.profile.path) + "\n");
  }
  return print(fmt::format("export PATH={}\nexport DEVBOX_PROFILE={}\n",
                           shell_quoted(fmt::format("{}", fmt::join(parts, ":"))),
                           shell_quoted(subject.profile.path)));
}

}  // namespace devbox::commands
