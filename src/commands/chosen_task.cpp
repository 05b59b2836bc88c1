#include "commands/chosen_task.hpp"

#include <fmt/format.h>

#include <vector>

#include "util/error.hpp"
#include "util/text.hpp"

namespace devbox::commands {
namespace {

using profile::Task;

[[noreturn]] void unknown_task(const profile::Profile& profile, const std::string& name) {
  constexpr std::size_t kMostListed = 20;
  std::vector<std::string> names;
  for (const Task& task : profile.tasks) names.push_back(task.name);
  const std::string meant = nearest(name, names);
  std::string hint = meant.empty() ? "" : fmt::format("did you mean `{}`? ", meant);
  if (names.empty()) {
    hint = "`devbox tasks` shows how one is written";
  } else if (names.size() > kMostListed) {
    hint += "`devbox tasks` lists them";
  } else {
    hint += fmt::format("it has {}", fmt::join(names, ", "));
  }
  throw Error(fmt::format("{} has no task `{}`", printable(profile.path), printable(name)), hint,
              Error::Kind::usage);
}

}  // namespace

const Task& chosen_task(const profile::Profile& profile, const std::string& name) {
  const Task* const task = profile::find_task(profile.tasks, name);
  if (task == nullptr) unknown_task(profile, name);
  return *task;
}

}  // namespace devbox::commands
