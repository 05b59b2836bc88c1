#include <fmt/format.h>

#include <cstdio>

#include "commands/commands.hpp"
#include "commands/used.hpp"
#include "launch/launch.hpp"
#include "launch/records.hpp"

namespace devbox::commands {
namespace {

void say(const std::string& text) { std::fputs(text.c_str(), stderr); }

}  // namespace

// On standard error, as everything that is said to the person: the output is the command's.
int ended(const cli::Ended& verb) {
  const launch::Records records(verb.runtime);
  const std::optional<launch::Record> record = records.find(verb.id);
  if (!record) return 0;
  const host::Felt before = host::felt_of(verb.felt).value_or(host::Felt{});
  const host::Counters counters = host::since(host::read_counters(record->group), before);
  const Outcome outcome{verb.how, verb.value};
  const std::vector<std::string> felt = felt_limits(counters, *record, outcome);
  for (const std::string& line : felt) say(fmt::format("devbox: {}\n", line));
  const auto wall = static_cast<std::uint64_t>(launch::boot_time() - record->begun);
  if (verb.stats == cli::Stats::text) say(used_text(counters, wall));
  if (verb.stats == cli::Stats::json) say(json_line(used_json(counters, wall)));
  return verb.how == "lost" && !felt.empty() ? launch::kToldStatus : 0;
}

}  // namespace devbox::commands
