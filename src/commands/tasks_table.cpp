#include "commands/tasks_table.hpp"

#include "commands/text_table.hpp"
#include "util/text.hpp"

namespace devbox::commands {
namespace {

std::string list(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return printable(text);
}

// The first line that says something, without the spaces around it.
std::string first_line(const std::string& script) {
  for (const std::string& line : split(script, '\n')) {
    const std::size_t begin = line.find_first_not_of(" \t\r");
    if (begin == std::string::npos) continue;
    return line.substr(begin, line.find_last_not_of(" \t\r") + 1 - begin);
  }
  return {};
}

}  // namespace

std::string purpose(const profile::Task& task) {
  if (!task.description.empty()) return printable(first_line(task.description));
  if (profile::is_script(task.run)) return printable(first_line(task.run.back()));
  return command_text(task.run);
}

std::vector<std::string> tasks_table(const std::vector<profile::Task>& tasks, std::size_t columns) {
  std::vector<TableRow> rows = {{"NAME", "DESCRIPTION", "NEEDS", "OUTPUTS"}};
  for (const profile::Task& task : tasks)
    rows.push_back({task.name, purpose(task), list(task.needs), list(task.outputs)});
  return text_table(rows, columns);
}

Json tasks_json(const std::vector<profile::Task>& tasks) {
  Json all = Json::array();
  for (const profile::Task& task : tasks) {
    Json env = Json::object();
    for (const auto& [name, value] : task.env) env[name] = value;
    all.push_back({{"name", task.name},
                   {"description", task.description},
                   {"run", task.run},
                   {"needs", task.needs},
                   {"inputs", task.inputs},
                   {"outputs", task.outputs},
                   {"env", env},
                   {"cwd", task.cwd},
                   {"hermetic", task.hermetic},
                   {"untracked", task.untracked},
                   {"cache", task.cache},
                   {"build_path", task.build_path},
                   {"at", task.at.text()}});
  }
  return all;
}

}  // namespace devbox::commands
