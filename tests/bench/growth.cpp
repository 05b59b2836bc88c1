#include <fmt/format.h>

#include <map>

#include "rounds.hpp"
#include "sections.hpp"

namespace devbox::bench {
namespace {

using Steps = std::vector<int>;

// "None that can be seen": the longest against the shortest, with the noise of a quiet machine.
void budget_growth(const Bench& bench, const std::string& what, const Steps& steps,
                   const std::map<int, Sample>& by_step) {
  bench.budgets.at_most(fmt::format("{}: {} / {}", what, steps.back(), steps.front()),
                        by_step.at(steps.back()).median() / by_step.at(steps.front()).median(),
                        1.05);
}

void print_growth(const std::string& what, const Steps& steps,
                  const std::map<Who, std::map<int, Sample>>& samples) {
  std::vector<std::string> heads = {what};
  for (const int step : steps) heads.push_back(fmt::format("{}", step));
  Table table(heads);
  for (const auto& [who, by_step] : samples) {
    std::vector<std::string> cells = {std::string(name_of(who)) + ", median ms"};
    for (const int step : steps) cells.push_back(with_decimals(by_step.at(step).median(), 3));
    table.row(cells);
  }
  print(table.text());
}

std::map<int, Sample> files_in_root(const Bench& bench, const Steps& steps) {
  const Contestants& contestants = bench.contestants;
  std::vector<Timed<int>> all;
  for (const int files : steps) {
    const std::string name = fmt::format("tree{}", files);
    const std::string tree = bench.scratch.at(name);
    make_minimal_tree(tree, contestants.guest(), files);
    contestants.write_profile(name, tree);
    all.push_back({files, contestants.devbox(name, {"/bin/true"})});
  }
  return interleave(bench.family, all, bench.options.rounds);
}

std::map<int, Sample> extra_mounts(const Bench& bench, Who who, const Steps& steps) {
  const Contestants& contestants = bench.contestants;
  const std::string source = bench.scratch.at("etc");
  std::vector<Timed<int>> all;
  for (const int count : steps) {
    std::vector<std::string> extra;
    for (int i = 0; i < count; ++i) {
      const std::string target = fmt::format("/run/extra/{}", i);
      if (who == Who::devbox) {
        extra.insert(extra.end(), {"--bind", fmt::format("{}:{}:ro", source, target)});
      } else {
        extra.insert(extra.end(), {"--ro-bind", source, target});
      }
    }
    all.push_back({count, contestants.line(who, contestants.tree(), {"/bin/true"}, extra)});
  }
  return interleave(bench.family, all, bench.options.rounds);
}

// What a profile can be long of: `count` lines of each, from the seventh on.
struct LineKind {
  const char* what;
  std::string (*lines)(int count);
};

std::string comments(int count) {
  std::string lines;
  for (int i = 7; i <= count; ++i)
    lines += fmt::format("# line {} says why the profile is as it is\n", i);
  return lines;
}

std::string variables(int count) {
  std::string lines = "[env.set]\n";
  for (int i = 8; i <= count; ++i) lines += fmt::format("VARIABLE_{} = \"value {}\"\n", i, i);
  return lines;
}

std::string patterns(int count) {
  std::string lines = "[env]\npass = [\n";
  for (int i = 10; i <= count; ++i) lines += fmt::format("  \"VARIABLE_{}\",\n", i);
  return lines + "]\n";
}

// Binds of what is not there, which change nothing of the box.
std::string absent_mounts(int count) {
  std::string lines;
  for (int i = 10; i <= count; i += 4) {
    lines += fmt::format(
        "[mounts.\"/run/extra/{0}\"]\ntype = \"bind\"\nsource = \"/run/absent/{0}\"\n"
        "optional = true\n",
        i);
  }
  return lines;
}

// Links that the box has.
std::string symlinks(int count) {
  std::string lines;
  for (int i = 9; i <= count; i += 3) {
    lines += fmt::format(
        "[mounts.\"/run/extra/{}\"]\ntype = \"symlink\"\nsource = \"/usr/bin/{}\"\n", i, i);
  }
  return lines;
}

constexpr LineKind kLineKinds[] = {{"comments", comments},
                                   {"env.set", variables},
                                   {"env.pass", patterns},
                                   {"mounts of what is not there", absent_mounts},
                                   {"mounts that are symlinks", symlinks}};

std::map<int, Sample> profile_lines(const Bench& bench, const LineKind& kind, const Steps& steps) {
  const Contestants& contestants = bench.contestants;
  std::vector<Timed<int>> all;
  for (const int count : steps) {
    const std::string name = fmt::format("lines{}", count);
    contestants.write_profile(name, contestants.tree(), kind.lines(count));
    all.push_back({count, contestants.devbox(name, {"/bin/true"})});
  }
  return interleave(bench.family, all, bench.options.rounds);
}

}  // namespace

void measure_growth(Bench& bench) {
  const bool quick = bench.options.quick;
  const Steps files = quick ? Steps{10, 200} : Steps{1'000, 10'000, 100'000};
  const Steps mounts = quick ? Steps{1, 2} : Steps{1, 10, 100};
  const Steps lines = quick ? Steps{10, 20} : Steps{10, 100, 1'000};
  const std::map<int, Sample> by_files = files_in_root(bench, files);
  print_growth("files in the root", files, {{Who::devbox, by_files}});
  budget_growth(bench, "files in the root", files, by_files);
  std::map<Who, std::map<int, Sample>> by_mounts = {
      {Who::devbox, extra_mounts(bench, Who::devbox, mounts)}};
  if (bench.contestants.is_here(Who::bubblewrap))
    by_mounts[Who::bubblewrap] = extra_mounts(bench, Who::bubblewrap, mounts);
  print_growth("mounts besides", mounts, by_mounts);
  for (const LineKind& kind : kLineKinds) {
    const std::string what = fmt::format("lines of the profile: {}", kind.what);
    const std::map<int, Sample> by_lines = profile_lines(bench, kind, lines);
    print_growth(what, lines, {{Who::devbox, by_lines}});
    budget_growth(bench, what, lines, by_lines);
  }
}

}  // namespace devbox::bench
