// What of a project a build sees.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "profile/task.hpp"

namespace devbox::build {

struct Sources {
  // Relative to the project, sorted, each once: what git tracks and has not been removed, and what
  // the tasks' `inputs` name. Directories are not among them.
  std::vector<std::string> files;
  bool by_git = false;  // else all that there is
  std::string commit;   // its hash; empty: none
  // Seconds: when that was committed; 0 where there is none.
  std::int64_t committed = 0;
};

// `tasks` run one after the other in the same build. What is where a task of `all` will put an
// output is seen only where git tracks it. git(1) is asked where the project is in a repository.
// Throws Error.
Sources sources(const std::string& project, const std::vector<const profile::Task*>& tasks,
                const std::vector<profile::Task>& all);

// What git neither tracks nor ignores, no task of `all` makes and `sources` does not have: what a
// person may have forgotten to add. At most `most`; empty where git does not say.
std::vector<std::string> forgotten(const std::string& project, const Sources& sources,
                                   const std::vector<profile::Task>& all, std::size_t most);

// Whether what git tracks of `project` is what the commit of `sources` has, to the byte: `tree` is
// a copy of it. Filters of git's attributes are not applied: what they change is not the same.
bool is_clean(const std::string& project, const Sources& sources, const std::string& tree);

}  // namespace devbox::build
