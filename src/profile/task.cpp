#include "profile/task.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <set>
#include <utility>

namespace devbox::profile {

namespace {

constexpr std::array<std::string_view, 3> kShell = {"sh", "-e", "-c"};

}  // namespace

bool is_script(const std::vector<std::string>& run) {
  return run.size() == kShell.size() + 1 && std::equal(kShell.begin(), kShell.end(), run.begin());
}

std::vector<std::string> script(std::string text) {
  std::vector<std::string> run(kShell.begin(), kShell.end());
  run.push_back(std::move(text));
  return run;
}

std::vector<std::string> with_arguments(std::vector<std::string> run,
                                        const std::vector<std::string>& arguments) {
  // What follows the text is $0, which sh has in front of its own messages (sh(1p), OPERANDS).
  if (is_script(run) && !arguments.empty()) run.emplace_back(kShell.front());
  run.insert(run.end(), arguments.begin(), arguments.end());
  return run;
}

const Task* find_task(const std::vector<Task>& tasks, std::string_view name) {
  const auto before = [](const Task& task, std::string_view wanted) { return task.name < wanted; };
  const auto found = std::lower_bound(tasks.begin(), tasks.end(), name, before);
  return found != tasks.end() && found->name == name ? &*found : nullptr;
}

// Without recursion: a chain of needs is as long as a profile makes it.
std::vector<const Task*> in_order(const std::vector<Task>& tasks, const std::string& name) {
  struct Visit {
    const Task* task;
    std::size_t next = 0;  // of its needs
  };
  std::vector<const Task*> order;
  std::set<const Task*> seen = {find_task(tasks, name)};
  std::vector<Visit> path = {{*seen.begin()}};
  while (!path.empty()) {
    Visit& visit = path.back();
    if (visit.next == visit.task->needs.size()) {
      order.push_back(visit.task);
      path.pop_back();
      continue;
    }
    const Task* needed = find_task(tasks, visit.task->needs[visit.next++]);
    if (seen.insert(needed).second) path.push_back({needed});
  }
  return order;
}

}  // namespace devbox::profile
