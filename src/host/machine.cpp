#include "host/machine.hpp"

#include <cstddef>

#include "host/cgroups.hpp"
#include "host/files.hpp"
#include "host/probe.hpp"
#include "host/programs.hpp"
#include "kernel/raw.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace devbox::host {
namespace {

constexpr std::size_t kMostMounts = std::size_t{4} * 1024 * 1024;

std::vector<Call> newer_calls() {
  const auto err = [](long number) {
    return static_cast<int>(-kernel::raw(number, -1, nullptr, -1L, 0, 0));
  };
  return {{"openat2", err(__NR_openat2)},
          {"mount_setattr", err(__NR_mount_setattr)},
          {"close_range", static_cast<int>(-kernel::raw(__NR_close_range, 1, 0, 0))}};
}

void find_installation(Machine& machine) {
  try {
    machine.init = installation().init;
  } catch (const Error& error) {
    machine.no_init = {error.message(), error.hint(), {}};
  }
}

void find_subordinate_ids(Machine& machine, const Host& host) {
  machine.newuidmap = look_for_id_helper("newuidmap");
  machine.newgidmap = look_for_id_helper("newgidmap");
  machine.subordinate = subordinate_ids(host);
  const bool can_try = !machine.newuidmap.path.empty() && !machine.newgidmap.path.empty();
  if (can_try) machine.refusing_helper = refusing_helper(machine.subordinate);
}

std::string variable(const Host& host, const char* name) {
  const auto found = host.env.find(name);
  return found == host.env.end() ? std::string() : found->second;
}

// locale(7): the first of these that is set and not empty.
std::string locale_of(const Host& host) {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    if (std::string value = variable(host, name); !value.empty()) return value;
  }
  return {};
}

}  // namespace

std::vector<std::string> covers_of_proc(std::string_view mountinfo) {
  std::vector<std::string> covers;
  for (const std::string& line : split(mountinfo, '\n')) {
    const std::vector<std::string> fields = split(line, ' ');
    if (fields.size() < 5 || !fields[4].starts_with("/proc/")) continue;
    if (fields[4] != "/proc/sys/fs/binfmt_misc") covers.push_back(fields[4]);
  }
  return covers;
}

Machine examine(const Host& host) {
  Machine machine;
  machine.user = host.user;
  machine.uid = host.uid;
  machine.kernel = host.kernel;
  machine.distribution = distribution();
  machine.restrictions = restrictions();
  machine.state = look_at_storage(host.dirs.state);
  machine.trial = try_box(machine.state.there);
  machine.restrictions.label_inside = machine.trial.label;
  machine.calls = newer_calls();
  machine.covered_proc = covers_of_proc(contents("/proc/self/mountinfo", kMostMounts).bytes);
  find_installation(machine);
  find_subordinate_ids(machine, host);
  machine.runtime = look_at_storage(host.dirs.runtime);
  machine.data = look_at_storage(host.dirs.data);
  machine.delegation = delegation();
  const Cgroups found = cgroups(host);
  const GroupFrom from = group_from(found);
  machine.group =
      text_of(from, from == GroupFrom::own ? found.own.directory : found.manager.directory);
  machine.term = variable(host, "TERM");
  machine.terminfo = host.terminfo;
  machine.locale = locale_of(host);
  for (const char* name : {"getent", "getsubids", "mmdebstrap"})
    machine.helpers.push_back({name, find_program(name)});
  return machine;
}

}  // namespace devbox::host
