// TOML text to a validated Profile. Pure: files are read by the callback that the caller gives.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "profile/profile.hpp"

namespace devbox::profile {

struct Text {
  std::string path;  // absolute
  std::string bytes;
};

// Finds what `extends` names: `reference` as written ("base", "./base.toml"), `from` the absolute
// path of the file that says so. std::nullopt where there is no such profile.
using Finder =
    std::function<std::optional<Text>(std::string_view reference, const std::string& from)>;

// One mistake, one line: "devbox.toml:3:1: unknown key `imgae`; did you mean `image`?".
struct Mistake {
  Position at;
  std::string message;
};

struct Loaded {
  Profile profile;                // meaningful only where `mistakes` is empty
  std::vector<Mistake> mistakes;  // in the order of the files and lines
};

// Parses `text`, follows `extends` (depth first; tables merge by key, arrays replace; a cycle is a
// mistake), validates every file and types the result. Never throws for bad input.
Loaded load(Text text, const Finder& find);

// The mistakes as the person reads them: one a line, values escaped for a terminal.
std::string describe(const std::vector<Mistake>& mistakes);

// Every key that the validator knows and that is no table of others, as a dotted path
// ("workspace.mode", "mounts.TARGET.type", "tasks.NAME.run"), sorted. The manual page is tested
// against it.
std::vector<std::string> known_keys();

}  // namespace devbox::profile
