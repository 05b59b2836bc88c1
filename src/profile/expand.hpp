// `~` and `${…}` in the strings of a profile, resolved against values.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace devbox::profile {

struct Variables {
  std::string home;         // the user's home on the host; also `~`
  std::string project;      // empty where there is no project: ${project} is then a mistake
  std::string profile_dir;  // the directory of the profile file
  std::function<std::optional<std::string>(std::string_view name)> env;  // ${env:NAME}, the host's
};

struct Expanded {
  std::string text;
  std::string mistake;  // empty, or why the text cannot be expanded ("${env:FOO} is not set")
};

// `~` and `~/…` at the start, and ${project}, ${home}, ${profile_dir}, ${env:NAME} anywhere. `$$`
// is a literal `$`. Nothing is expanded twice.
Expanded expand(std::string_view text, const Variables& variables);

// The names that ${env:…} asks for in `text`, in order.
std::vector<std::string> environment_names(std::string_view text);

}  // namespace devbox::profile
