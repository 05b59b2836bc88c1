#include "profile/task_values.hpp"

#include <string>
#include <string_view>
#include <utility>

#include "profile/report.hpp"
#include "util/path.hpp"

namespace devbox::profile {

namespace {

std::string text(Node& task, std::string_view key) {
  Node* node = task.find(key);
  return node != nullptr ? std::move(node->text) : std::string();
}

std::vector<std::string> texts(Node& task, std::string_view key) {
  std::vector<std::string> all;
  Node* node = task.find(key);
  if (node == nullptr) return all;
  all.reserve(node->children.size());
  for (Node& entry : node->children) all.push_back(std::move(entry.text));
  return all;
}

std::vector<std::string> normal_paths(Node& task, std::string_view key) {
  std::vector<std::string> all = texts(task, key);
  for (std::string& path : all) path = path::normal(path);
  return all;
}

bool boolean(const Node& task, std::string_view key, bool missing) {
  const Node* node = task.find(key);
  return node != nullptr ? node->boolean : missing;
}

std::vector<std::string> command(Node& task) {
  Node* run = task.find("run");
  if (run == nullptr || run->type == Node::Type::array) return texts(task, "run");
  return script(std::move(run->text));
}

Task task_value(Node& node, const std::vector<ClosureFile>& files) {
  Task task;
  task.at = position(node.key_at, files);
  task.description = text(node, "description");
  task.run = command(node);
  task.needs = texts(node, "needs");
  task.inputs = normal_paths(node, "inputs");
  task.outputs = normal_paths(node, "outputs");
  if (Node* env = node.find("env")) {
    for (Node& variable : env->children)
      task.env.emplace_hint(task.env.end(), std::move(variable.key), std::move(variable.text));
  }
  if (const Node* cwd = node.find("cwd")) task.cwd = path::normal(cwd->text);
  if (task.cwd == ".") task.cwd.clear();
  if (const Node* path = node.find("build_path")) task.build_path = path::normal(path->text);
  task.cache = texts(node, "cache");
  task.hermetic = boolean(node, "hermetic", task.hermetic);
  task.untracked = boolean(node, "untracked", task.untracked);
  task.name = std::move(node.key);
  return task;
}

}  // namespace

std::vector<Task> task_values(std::vector<Node>& tasks, const std::vector<ClosureFile>& files) {
  std::vector<Task> all;
  all.reserve(tasks.size());
  for (Node& node : tasks) all.push_back(task_value(node, files));
  return all;
}

}  // namespace devbox::profile
