#include <fmt/format.h>

#include <cstdio>
#include <utility>

#include "commands/chosen_box.hpp"
#include "commands/commands.hpp"
#include "host/block_device.hpp"
#include "host/cgroups.hpp"
#include "host/counters.hpp"
#include "host/files.hpp"
#include "host/probe.hpp"
#include "launch/change.hpp"
#include "launch/records.hpp"
#include "plan/parts.hpp"
#include "util/amount.hpp"
#include "util/cpu_list.hpp"
#include "util/error.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::commands {
namespace {

void say(const std::string& text) { std::fputs(fmt::format("devbox: {}\n", text).c_str(), stderr); }

std::string text_of(const std::string& directory, const char* file) {
  return host::kernel_text(path::join(directory, file));
}

// Where the box uses more, the kernel takes back what it can and kills for the rest.
void guard_memory(const launch::Record& box, const profile::Limits& limits, bool force) {
  const std::optional<std::uint64_t> used = host::read_counters(box.group).memory;
  if (!limits.memory || !used || *used <= *limits.memory) return;
  const std::string text = fmt::format(
      "{} uses {}, more than {}: the kernel takes back what it can, and kills for the "
      "rest",
      printable(box.name), rough_size(*used), exact_size(*limits.memory));
  if (!force) throw Error(text, "`--force` does it; `--memory-high` only slows the box down");
  say(text);
}

// What is to be in the group: paths are absolute, and what was not said of a disk is as it was.
plan::Limits values_of(profile::Limits limits, const host::Host& host, const std::string& group) {
  std::vector<plan::Note> notes;
  plan::Facts facts;
  facts.cgroups = host::cgroups(host);
  for (profile::IoLimit& limit : limits.io) {
    limit.path = path::absolute(limit.path, host.cwd);
    const host::BlockDevice device = host::block_device_of(limit.path);
    plan::fill_rates(limit, device.number, text_of(group, "io.max"));
    facts.devices.emplace(limit.path, device);
  }
  // A group without a cpuset of its own has that of the one above.
  if (limits.cpuset == profile::kNoLimit) {
    limits.cpuset = text_of(path::parent(group), "cpuset.cpus.effective");
    if (limits.cpuset.empty()) limits.cpuset = cpu_list_text(facts.cgroups->cpus);
  }
  plan::Limits values = plan::group_values(limits, facts, notes);
  for (const plan::Note& note : notes) say(note.text);
  return values;
}

}  // namespace

int limit(const cli::LimitVerb& verb) {
  const host::Host host = host::probe();
  const launch::Records records(host.dirs.runtime);
  const std::vector<launch::Record> running = records.running();
  const launch::Record& box = chosen_group(running, verb.box);
  const plan::Limits wanted = values_of(verb.limits, host, box.group);
  guard_memory(box, verb.limits, verb.force);
  const launch::Changed changed =
      launch::change(box, wanted.group.values, host::installation().scope);
  records.change(launch::with_limits(box, changed.held));
  std::string text;
  for (const plan::GroupValue& value : changed.held)
    text += fmt::format("{} {} ({})\n", value.key, printable(value.shown), value.file);
  print(text);
  for (const plan::Unmet& unmet : wanted.unmet) say(unmet.text());
  for (const plan::Unmet& unmet : changed.unmet) say(unmet.text());
  return wanted.unmet.empty() && changed.unmet.empty() ? 0 : 1;
}

}  // namespace devbox::commands
