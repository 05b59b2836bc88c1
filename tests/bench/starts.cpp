#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "rounds.hpp"
#include "sections.hpp"

namespace devbox::bench {
namespace {

constexpr int kPodmanShare = 10;  // podman takes as long as fifty others: one round in ten

std::string ratio_name(Who who, Who to) {
  return fmt::format("`/bin/true`: {} / {}", name_of(who), name_of(to));
}

void print_starts(const Bench& bench, const std::map<Who, Sample>& samples) {
  Table table({fmt::format("`/bin/true` in a box, {} rounds", bench.options.rounds), "median ms",
               "p10", "p90"});
  for (const Who who : {Who::bare, Who::devbox, Who::bubblewrap, Who::podman}) {
    const auto found = samples.find(who);
    if (found == samples.end()) {
      table.row({name_of(who), "not here"});
      continue;
    }
    const Sample& sample = found->second;
    table.row({name_of(who), with_decimals(sample.median(), 3), with_decimals(sample.p10(), 3),
               with_decimals(sample.p90(), 3)});
  }
  print(table.text());
}

}  // namespace

void measure_starts(Bench& bench) {
  const Contestants& contestants = bench.contestants;
  std::vector<Timed<Who>> all;
  for (const Who who : {Who::bare, Who::devbox, Who::bubblewrap}) {
    if (contestants.is_here(who))
      all.push_back({who, contestants.line(who, contestants.tree(), {"/bin/true"})});
  }
  std::map<Who, Sample> samples = interleave(bench.family, all, bench.options.rounds);
  if (contestants.is_here(Who::podman)) {
    const Timed<Who> podman{Who::podman,
                            contestants.line(Who::podman, contestants.tree(), {"/bin/true"})};
    samples.merge(
        interleave<Who>(bench.family, {podman}, std::max(bench.options.rounds / kPodmanShare, 1)));
    bench.family.end_all();  // one that holds its user namespace stays
  }
  print_starts(bench, samples);

  const double devbox = samples[Who::devbox].median();
  if (contestants.is_here(Who::bubblewrap)) {
    bench.budgets.at_most(ratio_name(Who::devbox, Who::bubblewrap),
                          devbox / samples[Who::bubblewrap].median(), 0.75);
  }
  bench.budgets.at_most(ratio_name(Who::devbox, Who::bare), devbox / samples[Who::bare].median(),
                        1.2);
  if (contestants.is_here(Who::podman)) {
    bench.budgets.at_least(ratio_name(Who::podman, Who::devbox),
                           samples[Who::podman].median() / devbox, 50);
  }
}

}  // namespace devbox::bench
