#include "build/chain.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <string.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <set>

#include "build/collect.hpp"
#include "build/copy.hpp"
#include "build/publish.hpp"
#include "host/cannot.hpp"
#include "host/failure.hpp"
#include "host/new_file.hpp"
#include "host/upper.hpp"
#include "kernel/step.hpp"
#include "store/remove_tree.hpp"
#include "util/fd.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::build {
namespace {

constexpr int kDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

std::string how_it_ended(const Ran& ran) {
  const int signal = ran.status - 128;
  const char* const name = signal > 0 ? ::sigabbrev_np(signal) : nullptr;
  return name != nullptr ? fmt::format("was ended by SIG{}", name)
                         : fmt::format("ended with status {}", ran.status);
}

// The names of all that `task` needs, and that those need.
std::set<std::string> needed_by(const profile::Task& task,
                                const std::vector<const profile::Task*>& tasks) {
  std::set<std::string> names(task.needs.begin(), task.needs.end());
  std::for_each(tasks.rbegin(), tasks.rend(), [&](const profile::Task* before) {
    if (names.contains(before->name)) names.insert(before->needs.begin(), before->needs.end());
  });
  return names;
}

void put_outputs(const Built& built, const std::string& upper) {
  const Fd from = open_directory(built.result);
  const Fd to = open_directory(upper);
  for (const std::string& output : built.task->outputs) {
    const std::string parent = path::parent(output) == "." ? "" : path::parent(output);
    const Fd there = make_below(from.get(), parent, built.result);
    const Fd here = make_below(to.get(), parent, upper);
    const std::string name = path::filename(output);
    store::remove_tree(here.get(), name);  // of an earlier task's, which this one has had
    copy_tree(there.get(), name, here.get(), name, output);
  }
}

// The project and the directories above the outputs of earlier tasks: as old as all the rest of
// what the build finds.
void set_times(const std::string& lower, const std::string& upper,
               const std::vector<const Built*>& put) {
  std::set<std::string> directories = {"."};
  for (const Built* built : put) {
    for (const std::string& output : built->task->outputs) {
      for (std::string at = path::parent(output); at != "."; at = path::parent(at))
        directories.insert(at);
    }
  }
  struct stat st {};
  if (::lstat(lower.c_str(), &st) < 0) throw host::cannot("read", lower, errno);
  const std::array<struct timespec, 2> times = {st.st_mtim, st.st_mtim};
  const Fd top = open_directory(upper);
  for (const std::string& directory : directories) {
    if (::utimensat(top.get(), directory.c_str(), times.data(), AT_SYMLINK_NOFOLLOW) < 0)
      throw host::cannot("set the time of", path::join(upper, directory), errno);
  }
}

// Where `task` writes, below `base`, with the outputs of those `before` it that it needs.
void make_upper(const profile::Task& task, const std::vector<const profile::Task*>& tasks,
                const std::vector<Built>& before, const std::string& lower,
                const std::string& base) {
  const kernel::Done made = host::make_upper(open_directory(base).get());
  if (!made) throw host::failure(kernel::Step::upper, made.err, base);
  const std::string upper = path::join(base, "upper");
  const std::set<std::string> needed = needed_by(task, tasks);
  std::vector<const Built*> put;
  for (const Built& built : before) {
    if (!needed.contains(built.task->name)) continue;
    put_outputs(built, upper);
    put.push_back(&built);
  }
  set_times(lower, upper, put);
}

}  // namespace

TaskFailed::TaskFailed(const profile::Task& task, const Ran& ran)
    : Error(fmt::format("the task {} {} after {:.1f} s", printable(task.name), how_it_ended(ran),
                        ran.seconds)),
      task_(task.name) {}

std::vector<Built> build_chain(const std::vector<const profile::Task*>& tasks,
                               const std::string& lower, const std::string& work,
                               const launch::Runtime& runtime,
                               const plan::Surroundings& surroundings, const Steps& steps) {
  remove_work(work);
  host::make_directories(work);
  std::vector<Built> all;
  for (const profile::Task* task : tasks) {
    const std::string base = path::join(work, std::to_string(all.size()));
    const Built built{task, path::join(base, "result")};
    host::make_directories(built.result);
    make_upper(*task, tasks, all, lower, base);
    if (!task->run.empty()) {
      steps.begin(*task);
      const Ran ran = run(steps.plan(*task, base), runtime, surroundings, steps.output);
      if (ran.status != 0) throw TaskFailed(*task, ran);
      collect(path::join(base, "upper"), lower, task->outputs, built.result);
      steps.end(*task, ran);
    }
    all.push_back(built);
  }
  return all;
}

std::vector<std::string> publish(const std::vector<Built>& built, const std::string& project) {
  std::vector<Results> results;
  results.reserve(built.size());
  for (const Built& one : built) results.push_back({one.result, one.task->outputs});
  return publish(results, project);
}

void remove_work(const std::string& work) {
  const Fd parent(::open(path::parent(work).c_str(), kDirectory));
  if (parent) store::remove_tree(parent.get(), path::filename(work));
  struct stat st {};
  if (::lstat(work.c_str(), &st) == 0) throw host::cannot("remove", work, ENOTEMPTY);
}

}  // namespace devbox::build
