// The tasks of one build, each in a box of its own, one after the other.
//
//   WORK/N/upper, work    what the Nth task writes to the project, over the snapshot
//   WORK/N/result         its outputs
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "build/run.hpp"
#include "plan/plan.hpp"
#include "profile/task.hpp"
#include "util/error.hpp"

namespace devbox::build {

// A task that ended with another status than 0.
class TaskFailed : public Error {
 public:
  TaskFailed(const profile::Task& task, const Ran& ran);
  const std::string& task() const { return task_; }

 private:
  std::string task_;
};

struct Steps {
  // The plan of `task`, with `upper` as its Plan::workspace_upper.
  std::function<plan::Plan(const profile::Task& task, const std::string& upper)> plan;
  std::function<void(const profile::Task& task)> begin;
  std::function<void(std::string_view)> output;  // as of run()
  std::function<void(const profile::Task& task, const Ran& ran)> end;
};

struct Built {
  const profile::Task* task = nullptr;
  std::string result;  // the directory of its outputs
};

// Runs `tasks`, in_order, over `lower`. `work` is made anew; a task finds the outputs of those that
// it needs in their places. Throws TaskFailed, and Error of everything else.
std::vector<Built> build_chain(const std::vector<const profile::Task*>& tasks,
                               const std::string& lower, const std::string& work,
                               const launch::Runtime& runtime,
                               const plan::Surroundings& surroundings, const Steps& steps);

// The outputs of all of them into `project`, as of publish(). Throws Error.
std::vector<std::string> publish(const std::vector<Built>& built, const std::string& project);

// Removes `work`, also what of it its own modes protect.
void remove_work(const std::string& work);

}  // namespace devbox::build
