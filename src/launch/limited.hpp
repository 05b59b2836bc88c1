// The limits of one start: its control group, and what is set on its first process.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "launch/clone.hpp"
#include "launch/group.hpp"
#include "launch/launch.hpp"
#include "launch/records.hpp"
#include "util/error.hpp"

namespace devbox::launch {

class Limited {
 public:
  // Makes a group of our own where the plan has one. Throws Error.
  Limited(const plan::Plan& plan, const Runtime& runtime, std::string name);

  bool has_group() const { return group_.has_value(); }
  // Whether there is one that the box may divide.
  bool is_delegated() const {
    return group_ && !group_->path().empty() && plan_.limits.group.delegated;
  }
  int descriptor() const { return group_ ? group_->descriptor() : -1; }

  ~Limited() = default;
  Limited(const Limited&) = delete;
  Limited& operator=(const Limited&) = delete;

  // Puts the box's first process under all of it, before anything of the image runs, and says on
  // standard error what does not hold. Throws Error where that is `required`.
  void hold(const Cloned& box);

  // Why the box, whose first process is `pid` and not waited for yet, went before its command ran;
  // std::nullopt where that was no limit's doing.
  std::optional<Error> why_it_died(pid_t pid) const;

  // The command that tells at the end what the limits did; empty where there is no group.
  std::vector<std::string> ended() const;

  // Where nobody asked for numbers: the group, whose counters the waiter looks at first. Empty
  // where there is none.
  std::string group() const;

  // What of the record is about the group.
  void describe(Record& record) const;

  // Whether somebody must remove the group at the end: systemd does that with its own.
  bool leaves_group() const { return group_ && descriptor() >= 0; }

  void keep();  // the box runs

 private:
  bool has_cpuset() const { return group_ && group_->holds("cpuset.cpus"); }
  void set_on_process(pid_t pid);
  void say_unmet() const;

  const plan::Plan& plan_;
  const Runtime& runtime_;
  std::string name_;
  std::optional<BoxGroup> group_;
  std::vector<plan::Unmet> unmet_;
};

}  // namespace devbox::launch
