#include "profile/task_rules.hpp"

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::profile {

namespace {

std::string shown(const Node& task, std::string_view key) {
  return fmt::format("`tasks.{}.{}`", shown_key(task.key), key);
}

// The entries of an array of `task` that are strings; what else it holds has been reported.
std::vector<const Node*> entries(const Node& task, std::string_view key) {
  std::vector<const Node*> all;
  const Node* array = task.find(key);
  if (array == nullptr || array->type != Node::Type::array) return all;
  for (const Node& entry : array->children) {
    if (entry.type == Node::Type::string && entry.valid) all.push_back(&entry);
  }
  return all;
}

// Of a task with an unknown key nothing is missing: the key may be a misspelt one.
void check_command(const Node& task, Report& report) {
  if (!task.valid || task.find("run") != nullptr) return;
  if (entries(task, "needs").empty()) {
    report.add(task.key_at, fmt::format("`tasks.{}` needs `run`: the command, or `needs`: other "
                                        "tasks that it stands for",
                                        shown_key(task.key)));
  } else if (const Node* outputs = task.find("outputs")) {
    report.add(outputs->key_at,
               fmt::format("{}: a task without `run` makes nothing", shown(task, "outputs")));
  }
}

// Each output is taken to the host by itself: one in another would be taken twice.
void check_outputs(const Node& task, Report& report) {
  std::set<std::string> paths;
  const std::vector<const Node*> outputs = entries(task, "outputs");
  for (const Node* output : outputs) {
    if (!paths.insert(path::normal(output->text)).second)
      report.add(output->at,
                 fmt::format("{} holds {} twice", shown(task, "outputs"), quoted(output->text)));
  }
  for (const Node* output : outputs) {
    const std::string path = path::normal(output->text);
    for (std::size_t end = path.rfind('/'); end != std::string::npos && end > 0;
         end = path.rfind('/', end - 1)) {
      const std::string above = path.substr(0, end);
      if (!paths.contains(above)) continue;
      report.add(output->at, fmt::format("an entry of {}: {} is in {}, which is an output already",
                                         shown(task, "outputs"), quoted(path), quoted(above)));
      break;
    }
  }
}

// Which tasks need which, followed without recursion: a chain is as long as a profile makes it.
class Needs {
 public:
  Needs(const std::vector<Node>& tasks, Report& report) : report_(report) {
    for (const Node& task : tasks) {
      if (task.is_table()) tasks_.emplace(task.key, Known{&task});
    }
    for (auto& [name, known] : tasks_) find(known);
  }

  void check_cycles() {
    for (auto& [name, known] : tasks_) {
      if (known.state == State::fresh) follow(known);
    }
  }

 private:
  enum class State { fresh, open, done };
  struct Known;
  struct Need {
    Known* task;
    Where at;
  };
  struct Known {
    const Node* node;
    std::vector<Need> needs = {};
    State state = State::fresh;
    std::size_t next = 0;  // of its needs
  };

  void find(Known& known) {
    for (const Node* entry : entries(*known.node, "needs")) {
      const auto found = tasks_.find(entry->text);
      if (found != tasks_.end()) {
        known.needs.push_back({&found->second, entry->at});
        continue;
      }
      report_.add(entry->at, fmt::format("{}: there is no task {}{}", shown(*known.node, "needs"),
                                         quoted(entry->text), meant(entry->text)));
    }
  }

  std::string meant(const std::string& name) const {
    constexpr std::size_t kMostCompared = 500;  // each unknown name is compared with all
    if (tasks_.size() > kMostCompared) return {};
    std::vector<std::string> names;
    for (const auto& [known, task] : tasks_) names.emplace_back(known);
    return did_you_mean(nearest(name, names), "\"");
  }

  void follow(Known& first) {
    std::vector<Known*> path = {&first};
    first.state = State::open;
    while (!path.empty()) {
      Known& known = *path.back();
      if (known.next == known.needs.size()) {
        known.state = State::done;
        path.pop_back();
        continue;
      }
      const Need& need = known.needs[known.next++];
      if (need.task->state == State::open) tell_cycle(path, *need.task);
      if (need.task->state != State::fresh) continue;
      need.task->state = State::open;
      path.push_back(need.task);
    }
  }

  // The cycle is the end of `path`, from `first` on: told there, where it needs its next.
  void tell_cycle(const std::vector<Known*>& path, const Known& first) {
    std::size_t begin = path.size() - 1;
    while (path[begin] != &first) --begin;
    std::string cycle;
    for (std::size_t i = begin; i < path.size(); ++i) cycle += path[i]->node->key + " needs ";
    report_.add(first.needs[first.next - 1].at,
                fmt::format("{}: {}{}", shown(*first.node, "needs"), cycle, first.node->key));
  }

  Report& report_;
  std::map<std::string_view, Known> tasks_;
};

}  // namespace

void check_tasks(const Node& document, Report& report) {
  const Node* tasks = document.find("tasks");
  if (tasks == nullptr || !tasks->is_table()) return;
  for (const Node& task : tasks->children) {
    if (!task.is_table()) continue;
    check_command(task, report);
    check_outputs(task, report);
  }
  Needs(tasks->children, report).check_cycles();
}

}  // namespace devbox::profile
