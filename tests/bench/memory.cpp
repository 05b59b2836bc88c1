#include <fmt/format.h>

#include <map>

#include "running.hpp"

namespace devbox::bench {
namespace {

constexpr Who kAll[] = {Who::bare, Who::devbox, Who::bubblewrap};

double pss_of_each(const Bench& bench, Who who, int count) {
  RunningBoxes boxes(bench, who, count);
  const double each = static_cast<double>(boxes.pss_kib()) / count;
  boxes.end_ms();
  return each;
}

}  // namespace

void measure_memory(Bench& bench) {
  const int many = bench.options.quick ? 2 : 100;
  Table table({"PSS beside a running command, KiB", "one box", fmt::format("each of {}", many)});
  for (const Who who : kAll) {
    if (!bench.contestants.is_here(who)) {
      table.row({name_of(who), "not here"});
      continue;
    }
    const double one = pss_of_each(bench, who, 1);
    const double each = pss_of_each(bench, who, many);
    table.row({name_of(who), with_decimals(one, 0), with_decimals(each, 1)});
    if (who == Who::devbox) bench.budgets.at_most("PSS beside a running command", one, 60, " KiB");
  }
  print(table.text());
}

// One at a time, in two turns, of which the better counts: a thousand at once have the machine to
// themselves or measure something else.
void measure_boxes(Bench& bench) {
  constexpr int kTurns = 2;
  constexpr double kKibInMib = 1024;
  const int count = bench.options.boxes;
  struct Result {
    double up = 0, end = 0, pss = 0;
  };
  std::map<Who, Result> results;
  for (int turn = 0; turn < kTurns; ++turn) {
    for (const Who who : kAll) {
      if (!bench.contestants.is_here(who)) continue;
      RunningBoxes boxes(bench, who, count);
      const Result now{
          .up = boxes.up_ms(), .end = 0, .pss = static_cast<double>(boxes.pss_kib()) / kKibInMib};
      const double ended = boxes.end_ms();
      Result& best = results[who];
      if (turn == 0 || now.up < best.up) best = now;
      if (turn == 0 || ended < best.end || best.end == 0) best.end = ended;
    }
  }
  Table table({fmt::format("{} boxes at once", count), "all up, ms", "PSS beside the commands, MiB",
               "all gone, ms"});
  for (const Who who : kAll) {
    const auto found = results.find(who);
    if (found == results.end()) {
      table.row({name_of(who), "not here"});
      continue;
    }
    const Result& result = found->second;
    table.row({name_of(who), with_decimals(result.up, 0), with_decimals(result.pss, 1),
               with_decimals(result.end, 0)});
  }
  print(table.text());
  bench.budgets.at_most(fmt::format("{} boxes: PSS beside the commands", count),
                        results[Who::devbox].pss, 120, " MiB");
  if (bench.contestants.is_here(Who::bubblewrap)) {
    bench.budgets.at_most(fmt::format("{} boxes all up: devbox / bubblewrap", count),
                          results[Who::devbox].up / results[Who::bubblewrap].up, 0.75);
  }
}

}  // namespace devbox::bench
