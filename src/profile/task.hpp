// What [tasks.NAME] of a profile says.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "profile/position.hpp"

namespace devbox::profile {

struct Task {
  std::string name;  // of letters, digits, '.', '_' and '-', the first neither '.' nor '-'
  std::string description;
  std::vector<std::string> run;      // argv; of a string in the profile script() of it; empty: the
                                     // task does nothing but need others, and has no outputs
  std::vector<std::string> needs;    // names of tasks that come before, in the order written
  std::vector<std::string> inputs;   // patterns of files that git does not track and that it sees
                                     // all the same, relative to the project; in the order written
  std::vector<std::string> outputs;  // paths relative to the project, normal, none in another
  std::map<std::string, std::string> env;  // as they are: no ${…}
  std::string cwd;         // relative to the project, normal; empty: the project itself
  std::string build_path;  // where the project is seen in a build, absolute and normal; empty:
                           // where it is on the host
  std::vector<std::string> cache;  // names of volumes that builds keep, in ~/.cache/NAME inside
  bool hermetic = true;    // a build has neither network nor anything of the caller's environment
  bool untracked = false;  // a build sees what git does not track too
  Position at = {};
};

// The argv of a text for sh(1), which ends at the first command that fails.
std::vector<std::string> script(std::string text);

// Whether `run` is such an argv; whoever writes one himself means the same.
bool is_script(const std::vector<std::string>& run);

// `run` with `arguments` behind it: of a script they become $1 and so on. `run` is not empty.
std::vector<std::string> with_arguments(std::vector<std::string> run,
                                        const std::vector<std::string>& arguments);

// The task of that name, or nullptr. `tasks` is sorted by name.
const Task* find_task(const std::vector<Task>& tasks, std::string_view name);

// The tasks that have to run for `name`, each once, itself last, each after those that it needs.
// `tasks` has no cycle and no unknown name; `name` is one of them.
std::vector<const Task*> in_order(const std::vector<Task>& tasks, const std::string& name);

}  // namespace devbox::profile
