// What the trial of a box showed. One line for what belongs together; the first step that failed
// says why, in the words of the start that would fail at it.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>

#include "host/cannot.hpp"
#include "host/failure.hpp"
#include "host/findings.hpp"

namespace devbox::host {
namespace {

using kernel::Step;

constexpr std::size_t kMostSteps = 6;

struct Row {
  const char* name;
  Feature feature;
  const char* found;  // where all of it succeeded
  std::array<Step, kMostSteps> steps;
};
constexpr Row kRows[] = {
    {"user namespaces",
     Feature::box,
     "made, and one id mapped",
     {Step::clone, Step::handshake, Step::setgroups, Step::uid_map, Step::gid_map}},
    {"mounts",
     Feature::box,
     "tmpfs, devpts and binds",
     {Step::tmpfs, Step::stage, Step::devpts, Step::open_tree, Step::mount_attributes,
      Step::move_mount}},
    {"/proc", Feature::box, "a fresh one", {Step::proc}},
    {"host name", Feature::box, "one of its own", {Step::hostname}},
    {"root", Feature::box, "one of its own", {Step::pivot_root}},
    {"overlay", Feature::overlay, "in user namespaces", {Step::overlay}},
    {"writable overlay",
     Feature::writable,
     "really written, where private homes are",
     {Step::upper, Step::writable}},
    {"network",
     Feature::no_network,
     "one of its own, with a fresh /sys",
     {Step::loopback, Step::sysfs}},
    {"system call filter", Feature::filter, "installed", {Step::no_new_privs, Step::seccomp}},
};

bool is_of(const Row& row, Step step) {
  return step != Step::none &&
         std::find(row.steps.begin(), row.steps.end(), step) != row.steps.end();
}

// Named by the limits themselves, one by one.
bool is_about_limits(const Attempt& attempt, const Restrictions& found) {
  return attempt.step == Step::clone && (attempt.err == ENOSPC || attempt.err == EUSERS) &&
         !forbidding_limits(found).empty();
}

bool lacks_capabilities(const Attempt& attempt, const Restrictions& found) {
  return attempt.step == Step::tmpfs && attempt.err == EPERM && restricts_by_apparmor(found);
}

std::string covered_text(const Machine& machine) {
  if (machine.covered_proc.empty()) return {};
  return fmt::format("; covered here: {}", fmt::join(machine.covered_proc, ", "));
}

// What the step worked on, as the start of a box would name it.
const char* subject_of(Step step) {
  switch (step) {
    case Step::proc:
      return " /proc";
    case Step::sysfs:
      return " /sys";
    case Step::devpts:
      return " /dev/pts";
    case Step::overlay:
      return " /etc";
    case Step::upper:
      return " the state directory";
    case Step::stage:
    case Step::writable:
    case Step::open_tree:
    case Step::mount_attributes:
    case Step::move_mount:
      return " /";
    case Step::hostname:
      return " box";
    case Step::pivot_root:
      return "";
    default:
      return " a box";
  }
}

Refusal why_failed(const Machine& machine, const Attempt& attempt) {
  if (lacks_capabilities(attempt, machine.restrictions))
    return why_no_capability(machine.restrictions);
  Refusal why = explain(attempt.step, attempt.err, machine.restrictions);
  // The cause is not more than the errno where a hint explains it: then the step says what failed.
  if (why.cause == errno_text(attempt.err))
    why.cause = fmt::format("cannot {}{}: {}", kernel::describe(attempt.step),
                            subject_of(attempt.step), why.cause);
  if (attempt.step == Step::proc) why.cause += covered_text(machine);
  return why;
}

// Below 5.11 a plan has no overlays, and mirrors in their place (plan/layout.cpp).
Feature feature_of(const Machine& machine, const Row& row) {
  const bool does_without = row.feature == Feature::overlay && !machine.kernel.at_least(5, 11);
  return does_without ? Feature::speed : row.feature;
}

void find_row(const Machine& machine, const Row& row, Findings& list) {
  bool tried = false;
  for (const Attempt& attempt : machine.trial.attempts) {
    if (!is_of(row, attempt.step)) continue;
    tried = true;
    if (attempt.err == 0) continue;
    if (is_about_limits(attempt, machine.restrictions)) return;
    const State state = row.feature == Feature::box ? State::broken : State::missing;
    list.push_back(wrong(Section::namespaces, row.name, state, feature_of(machine, row),
                         why_failed(machine, attempt)));
    return;
  }
  if (tried) list.push_back(fine(Section::namespaces, row.name, row.found, row.feature));
}

void find_limits_of_namespaces(const Machine& machine, Findings& list) {
  for (Limit& limit : forbidding_limits(machine.restrictions)) {
    const bool is_network = limit.kind == "net";
    list.push_back(wrong(Section::namespaces, limit.kind + " namespaces",
                         is_network ? State::missing : State::broken,
                         is_network ? Feature::no_network : Feature::box,
                         std::move(limit.refusal)));
  }
}

// unshare(2) of the network alone; a limit has been said already.
void find_network(const Machine& machine, Findings& list) {
  const int err = machine.trial.network;
  if (err == 0 || err == Trial::kUntried || err == ENOSPC) return;
  list.push_back(wrong(Section::namespaces, "network", State::missing, Feature::no_network,
                       why_no_namespace(err, machine.restrictions)));
}

}  // namespace

void find_namespaces(const Machine& machine, Findings& list) {
  find_limits_of_namespaces(machine, list);
  for (const Row& row : kRows) find_row(machine, row, list);
  find_network(machine, list);
}

}  // namespace devbox::host
