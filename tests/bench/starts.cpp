#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "rounds.hpp"
#include "sections.hpp"

namespace devbox::bench {
namespace {

constexpr int kPodmanShare = 10;  // podman takes as long as a hundred others: one round in ten

std::string ratio_name(Who who, Who to) {
  return fmt::format("`/bin/true`: {} / {}", name_of(who), name_of(to));
}

void print_starts(const Bench& bench, const std::string& what, int rounds,
                  const std::map<Who, Sample>& samples) {
  Table table({fmt::format("{}, {} rounds", what, rounds), "median ms", "p10", "p90"});
  for (const auto& [who, sample] : samples) {
    table.row({bench.contestants.shown(who), with_decimals(sample.median(), 3),
               with_decimals(sample.p10(), 3), with_decimals(sample.p90(), 3)});
  }
  if (!bench.contestants.is_here(Who::bubblewrap))
    table.row({name_of(Who::bubblewrap), "not here"});
  if (!bench.contestants.is_here(Who::podman)) table.row({name_of(Who::podman), "not here"});
  print(table.text());
}

// In rounds of its own with devbox: what the kernel clears up after podman is in nobody else's
// time.
void measure_podman(const Bench& bench) {
  const Contestants& contestants = bench.contestants;
  if (!contestants.is_here(Who::podman)) return;
  std::vector<Timed<Who>> all;
  for (const Who who : {Who::devbox, Who::podman})
    all.push_back({who, contestants.line(who, contestants.tree(), {"/bin/true"})});
  const int rounds = std::max(bench.options.rounds / kPodmanShare, 1);
  const std::map<Who, Sample> samples = interleave(bench.family, all, rounds);
  bench.family.end_all();  // one that holds its user namespace stays
  print_starts(bench, "the same in turn with podman", rounds, samples);
  bench.budgets.at_least(ratio_name(Who::podman, Who::devbox),
                         samples.at(Who::podman).median() / samples.at(Who::devbox).median(), 50);
}

}  // namespace

void measure_starts(Bench& bench) {
  // First: hundreds of other starts leave session keyrings for the kernel to clear up, and once a
  // user has too many runc starts nothing.
  measure_podman(bench);
  const Contestants& contestants = bench.contestants;
  std::vector<Timed<Who>> all;
  for (const Who who : {Who::bare, Who::devbox, Who::bubblewrap}) {
    if (contestants.is_here(who))
      all.push_back({who, contestants.line(who, contestants.tree(), {"/bin/true"})});
  }
  std::map<Who, Sample> samples = interleave(bench.family, all, bench.options.rounds);
  print_starts(bench, "`/bin/true` in a box", bench.options.rounds, samples);

  const double devbox = samples[Who::devbox].median();
  if (contestants.is_here(Who::bubblewrap)) {
    bench.budgets.at_most(ratio_name(Who::devbox, Who::bubblewrap),
                          devbox / samples[Who::bubblewrap].median(), 0.75);
  }
  bench.budgets.at_most(ratio_name(Who::devbox, Who::bare), devbox / samples[Who::bare].median(),
                        1.2);
}

}  // namespace devbox::bench
