// One more command in a box that runs.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "failure.hpp"
#include "rounds.hpp"
#include "running.hpp"

namespace devbox::bench {
namespace {

enum class Way { exec, nsenter, podman, start, outside };

const char* shown(Way way) {
  switch (way) {
    case Way::exec:
      return "`devbox exec`";
    case Way::nsenter:
      return "nsenter, into the same box, without filter and limits";
    case Way::podman:
      return "`podman exec`";
    case Way::start:
      return "`devbox run`, a box of its own";
    case Way::outside:
      return "the program itself, outside";
  }
  return "";
}

// The process that the launcher started in the box: its pid 1.
pid_t first_of(const RunningBoxes& boxes) {
  for (const ProcessEntry& entry : processes()) {
    if (entry.parent == boxes.launchers().front()) return entry.pid;
  }
  throw Failure("the launcher of a box has no child");
}

}  // namespace

void measure_join(Bench& bench) {
  const Contestants& all = bench.contestants;
  const std::vector<std::string> command = {all.guest()};
  std::optional<RunningBoxes> podman;
  if (all.is_here(Who::podman)) podman.emplace(bench, Who::podman, 1);
  RunningBoxes boxes(bench, Who::devbox, 1);
  std::vector<Timed<Way>> ways = {{Way::exec, all.join_devbox(command)},
                                  {Way::start, all.line(Who::devbox, all.tree(), command)},
                                  {Way::outside, {command, {}, all.workspace()}}};
  if (!find_program("nsenter").empty())
    ways.push_back({Way::nsenter, all.join_nsenter(first_of(boxes), command)});
  if (podman) ways.push_back({Way::podman, all.join_podman(command)});
  const std::map<Way, Sample> samples = interleave<Way>(bench.family, ways, bench.options.rounds);
  if (podman) {
    bench.family.run_ms(all.kill_podman());
    bench.family.end_all();  // it leaves a process that holds its user namespace
  } else {
    boxes.end_ms();
  }
  Table table({fmt::format("one more command, {} rounds", bench.options.rounds), "median ms", "p10",
               "p90"});
  for (const auto& [way, sample] : samples)
    table.row({shown(way), with_decimals(sample.median(), 3), with_decimals(sample.p10(), 3),
               with_decimals(sample.p90(), 3)});
  print(table.text());
  bench.budgets.at_most("joining: `devbox exec` - the program itself",
                        samples.at(Way::exec).median() - samples.at(Way::outside).median(), 2,
                        " ms");
  if (samples.contains(Way::podman))
    bench.budgets.at_most("joining: `devbox exec` / `podman exec`",
                          samples.at(Way::exec).median() / samples.at(Way::podman).median(), 0.1);
}

}  // namespace devbox::bench
