#include "launch/limited.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "host/cannot.hpp"
#include "launch/records.hpp"
#include "util/cpu_list.hpp"
#include "util/text.hpp"

namespace devbox::launch {
namespace {

bool set_affinity(pid_t pid, const std::vector<unsigned>& cpus) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const unsigned cpu : cpus) CPU_SET(cpu, &set);
  return ::sched_setaffinity(pid, sizeof set, &set) == 0;
}

bool was_killed(pid_t pid) {
  siginfo_t info{};
  const int found = ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT | __WALL);
  return found == 0 && info.si_code == CLD_KILLED && info.si_status == SIGKILL;
}

bool set_oom_score(pid_t pid, int score) {
  const std::string path = fmt::format("/proc/{}/oom_score_adj", pid);
  const Fd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  const std::string text = std::to_string(score);
  return file && ::write(file.get(), text.data(), text.size()) > 0;
}

}  // namespace

Limited::Limited(const plan::Plan& plan, const Runtime& runtime, std::string name)
    : plan_(plan), runtime_(runtime), name_(std::move(name)) {
  if (plan.limits.group.from != plan::GroupFrom::none)
    group_.emplace(plan.limits.group, name_, runtime.scope);
}

Limited::~Limited() {
  if (recorded_) Records(runtime_.directory).remove(name_);
}

void Limited::hold(const Cloned& box) {
  const pid_t pid = box.pid;
  if (group_) {
    if (!box.in_group) group_->take(pid, fmt::format("devbox: {}", plan_.name));
    unmet_ = group_->unmet();
  }
  set_on_process(pid);
  say_unmet();
  if (group_ && !group_->path().empty()) write_record();
}

void Limited::set_on_process(pid_t pid) {
  const plan::Limits& limits = plan_.limits;
  const bool by_group = group_ && group_->holds("cpuset.cpus");
  if (!limits.affinity.empty() && !by_group && !set_affinity(pid, limits.affinity))
    unmet_.push_back({{"limits.cpuset"}, host::errno_text(errno), {}});
  if (limits.nice && ::setpriority(PRIO_PROCESS, static_cast<id_t>(pid), *limits.nice) < 0) {
    unmet_.push_back({{"limits.nice"},
                      fmt::format("{} is less than you may have", *limits.nice),
                      "`ulimit -e` shows how far you may go, limits.conf(5) raises it"});
  }
  if (limits.oom_score_adj && !set_oom_score(pid, *limits.oom_score_adj)) {
    unmet_.push_back({{"limits.oom_score_adj"},
                      fmt::format("only an administrator may go down to {}", *limits.oom_score_adj),
                      "`OOMScoreAdjust=` of systemd.exec(5) for user@.service lowers it"});
  }
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

void Limited::write_record() {
  Record record;
  record.id = name_;
  record.name = plan_.name;
  record.profile = plan_.profile;
  record.group = group_->path();
  record.unit = group_->unit();
  if (!record.unit.empty()) record.manager = plan_.limits.group.manager;
  record.command = plan_.argv.front();
  record.begun = boot_time();
  for (const plan::GroupValue& value : plan_.limits.group.values) {
    if (group_->holds(value.file)) record.limits.emplace_back(value.key, value.shown);
  }
  Records(runtime_.directory).write(record);
  recorded_ = true;
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
  words.insert(words.end(), {runtime_.directory, name_});
  return words;
}

std::string Limited::group() const {
  return group_ && !runtime_.measured ? group_->path() : std::string();
}

std::string Limited::record() const {
  const bool is_systemds = group_ && !group_->unit().empty();
  return is_systemds ? Records(runtime_.directory).path(name_) : std::string();
}

void Limited::keep() {
  recorded_ = false;
  if (group_) group_->keep();
}

}  // namespace devbox::launch
