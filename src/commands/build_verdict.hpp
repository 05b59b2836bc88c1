// What `devbox build --check` says of a task. Pure.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "build/check.hpp"
#include "profile/task.hpp"

namespace devbox::commands {

struct NotVaried {
  std::string name;
  std::string why;
};

// A line a file, a line a cause, and the verdict.
std::string verdict_text(const profile::Task& task, const build::Verdict& verdict,
                         const std::vector<NotVaried>& not_varied);

std::string verdict_json(const profile::Task& task, const build::Verdict& verdict,
                         const std::set<build::Variation>& varied,
                         const std::vector<NotVaried>& not_varied);

}  // namespace devbox::commands
