#include "commands/run_task.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "commands/chosen_task.hpp"
#include "commands/needed_box.hpp"
#include "commands/prepare.hpp"
#include "launch/launch.hpp"
#include "launch/report.hpp"
#include "profile/task.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace devbox::commands {
namespace {

using profile::Task;

const Task& chosen(const profile::Profile& profile, const cli::Run& verb) {
  const Task& task = chosen_task(profile, verb.task);
  if (task.run.empty() && !verb.box.command.empty()) {
    throw Error(fmt::format("the task `{}` takes no arguments: it has no command", task.name),
                fmt::format("it stands for {}", fmt::join(task.needs, ", ")), Error::Kind::usage);
  }
  return task;
}

void require_project(const Subject& subject, const std::vector<const Task*>& tasks) {
  if (subject.resolved.workspace) return;
  for (const Task* task : tasks) {
    if (task->cwd.empty()) continue;
    throw Error(fmt::format("{}: the task `{}` starts in the project, which its box does not show",
                            printable(task->at.text()), task->name),
                "`workspace.mode` in the profile, or another working directory, changes that");
  }
}

// What was typed goes before what the task says.
plan::Request request_of(const plan::Request& typed, const Task& task) {
  plan::Request request = typed;
  request.command = task.run;
  request.project_cwd = task.cwd;
  request.env.assign(task.env.begin(), task.env.end());
  request.env.insert(request.env.end(), typed.env.begin(), typed.env.end());
  return request;
}

// A task may have written into the project since: a link that leads out of it asks for more, which
// whoever allowed the profile has not seen.
void look_again(Subject& subject, const cli::BoxOptions& options) {
  const std::vector<std::string> before = subject.asks;
  look(subject);
  if (subject.asks != before) {
    throw Error(
        "the profile asks for something else outside its project now than before its tasks "
        "ran",
        "`devbox plan` shows what; a task changed a file that the profile names");
  }
  admit(subject, options);
}

void say_failed(const Task& needed, const Task& wanted, int status) {
  std::fputs(fmt::format("devbox: the task `{}`, which `{}` needs, failed with status {}\n",
                         needed.name, wanted.name, status)
                 .c_str(),
             stderr);
}

}  // namespace

int run_task(const cli::Run& verb, std::int64_t begun) {
  launch::close_inherited(verb.box.pass_fds);
  Subject subject = prepare(verb.box);
  const Task& wanted = chosen(subject.profile, verb);
  const std::vector<const Task*> order = profile::in_order(subject.profile.tasks, wanted.name);
  require_project(subject, order);
  admit(subject, verb.box);
  const plan::Request typed = subject.request;
  bool is_first = true;
  for (const Task* task : order) {
    if (task->run.empty()) continue;
    if (!std::exchange(is_first, false)) {
      look_again(subject, verb.box);
      begun = launch::now();
    }
    subject.request = request_of(typed, *task);
    if (task == &wanted) {
      subject.request.command = profile::with_arguments(task->run, verb.box.command);
      start(subject, verb.box, Notes::silent, begun);
    }
    const Ending outcome = run_needed([&] { start(subject, verb.box, Notes::silent, begun); });
    if (outcome.signal != 0) return die_of(outcome.signal);
    if (outcome.status == 0) continue;
    say_failed(*task, wanted, outcome.status);
    return outcome.status;
  }
  return 0;
}

}  // namespace devbox::commands
