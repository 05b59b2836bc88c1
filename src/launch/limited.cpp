#include "launch/limited.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "host/counters.hpp"
#include "util/cpu_list.hpp"
#include "util/text.hpp"

namespace devbox::launch {
namespace {

bool was_killed(pid_t pid) {
  siginfo_t info{};
  const int found = ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT | __WALL);
  return found == 0 && info.si_code == CLD_KILLED && info.si_status == SIGKILL;
}

}  // namespace

Limited::Limited(const plan::Plan& plan, const Runtime& runtime, std::string name)
    : plan_(plan), runtime_(runtime), name_(std::move(name)) {
  if (plan.limits.group.from != plan::GroupFrom::none)
    group_.emplace(plan.limits.group, name_, runtime.scope);
}

void Limited::hold(const Cloned& box) {
  const pid_t pid = box.pid;
  if (group_) {
    if (!box.in_group) group_->take(pid, fmt::format("devbox: {}", plan_.name));
    unmet_ = group_->unmet();
  }
  set_on_process(pid);
  say_unmet();
}

void Limited::set_on_process(pid_t pid) {
  OnProcess process = on_process(plan_.limits);
  if (has_cpuset()) process.affinity.clear();
  for (plan::Unmet& unmet : set_on(pid, process)) unmet_.push_back(std::move(unmet));
}

void Limited::say_unmet() const {
  if (unmet_.empty()) return;
  std::string text;
  for (const plan::Unmet& unmet : unmet_)
    text += fmt::format("{}{}", text.empty() ? "" : "\n", unmet.text());
  if (plan_.limits.required) {
    throw Error(text, "`limits.required` is true: without it the box starts, and says this");
  }
  for (const plan::Unmet& unmet : unmet_)
    std::fputs(fmt::format("devbox: {}\n", unmet.text()).c_str(), stderr);
}

void Limited::describe(Record& record) const {
  if (!group_ || group_->path().empty()) return;
  record.group = group_->path();
  record.unit = group_->unit();
  if (!record.unit.empty()) record.manager = plan_.limits.group.manager;
  if (has_cpuset()) record.joined.process.affinity.clear();
  for (const plan::GroupValue& value : plan_.limits.group.values) {
    if (group_->holds(value.file)) record.limits.emplace_back(value.key, value.shown);
  }
}

// A scope is gone with its last process, and what it has counted; nothing else kills a box then.
std::optional<Error> Limited::why_it_died(pid_t pid) const {
  if (!group_ || !group_->holds("memory.max") || !was_killed(pid)) return std::nullopt;
  for (const plan::GroupValue& value : plan_.limits.group.values) {
    if (value.file != "memory.max") continue;
    return Error(
        fmt::format("the memory limit of {} is less than a box needs to start", value.shown),
        "raise `limits.memory`: the box itself takes about 1 MiB beside its command");
  }
  return std::nullopt;
}

std::vector<std::string> Limited::ended() const {
  if (!group_ || group_->path().empty()) return {};
  std::vector<std::string> words = runtime_.ended;
  words.insert(words.end(), {runtime_.directory, name_, host::word_of(host::Felt{})});
  return words;
}

std::string Limited::group() const {
  return group_ && !runtime_.measured ? group_->path() : std::string();
}

void Limited::keep() {
  if (group_) group_->keep();
}

}  // namespace devbox::launch
