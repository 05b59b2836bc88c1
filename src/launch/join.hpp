// One more command in a box that runs.
#pragma once

#include <string>
#include <vector>

#include "launch/launch.hpp"
#include "launch/records.hpp"
#include "launch/words.hpp"

namespace devbox::launch {

// What a command that joins brings along, below /run of the box.
struct Brought {
  std::string path;  // its directory is made, and that one's
  std::string bytes;
};

struct Joining {
  const Record& box;
  const Command& command;
  const std::vector<std::string>& env;  // NAME=value
  const std::string& terminal;          // host::Host::terminal
  const std::vector<Brought>& brought;
  const plan::Announcement& announcement;
};

// Starts the command in the box, under all that the box's own is under, and becomes its waiter, an
// owner of the box. Returns where the box has ended meanwhile: then nothing ran. Throws Error.
// Of `runtime` the fields of a start alone are not looked at.
void join(const Joining& joining, const Runtime& runtime);

}  // namespace devbox::launch
