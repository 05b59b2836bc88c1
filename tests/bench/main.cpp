// bench: how fast devbox starts, and what it costs while it runs, beside a bare C program,
// bubblewrap and podman. Prints Markdown; design.md has the budgets.

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "failure.hpp"
#include "sections.hpp"

namespace devbox::bench {

void print(const std::string& text) {
  std::fputs((text + "\n").c_str(), stdout);
  std::fflush(stdout);
}

namespace {

// It may be installed and start nothing: for want of cgroups, of an id map, of a runtime. crun,
// which Debian's takes, refuses cgroups of both versions side by side; runc does not.
void try_podman(Contestants& contestants, const Family& family) {
  const std::vector<std::string> ways[] = {{}, {"--runtime", "runc"}};
  for (const std::vector<std::string>& way : ways) {
    if (!contestants.is_here(Who::podman)) return;
    contestants.ask_podman_with(way);
    try {
      family.run_ms(contestants.line(Who::podman, contestants.tree(), {"/bin/true"}));
      return;
    } catch (const Failure& failure) {
      family.end_all();  // it has left a process that holds its user namespace
      print(fmt::format("`{}` starts nothing here: {}\n", contestants.shown(Who::podman),
                        failure.what()));
    }
  }
  contestants.leave_out_podman();
}

void measure(const Options& options) {
  // In this order: when something ends us, the processes go before the directories they stand in.
  // Every box has a /tmp of its own, in which the workspace's mount point can be made. The runtime
  // directory lies on a tmpfs, as that of a person who has logged in.
  const Scratch scratch("/tmp");
  const Scratch runtime("/dev/shm");
  Contestants contestants(options, scratch, runtime);
  const Family family(scratch.at("log"));
  try_podman(contestants, family);
  Budgets budgets;
  Bench bench{options, scratch, contestants, family, budgets};

  struct Section {
    const char* name;
    void (*measure)(Bench&);
  };
  // A thousand boxes last: the kernel is busy with what they leave for some seconds.
  constexpr Section kAll[] = {
      {"start", measure_starts},  {"join", measure_join},  {"growth", measure_growth},
      {"build", measure_build},   {"task", measure_task},  {"import", measure_import},
      {"pull", measure_pull},     {"lsp", measure_lsp},    {"shim", measure_shim},
      {"memory", measure_memory}, {"boxes", measure_boxes}};
  print(machine() + (contestants.tree_is_given() ? "The root: a tree that --tree names.\n"
                                                 : "The root: a tree of one static program.\n"));
  for (const Section& section : kAll) {
    if (options.only.empty() || options.only == section.name) section.measure(bench);
  }
  if (!budgets.empty()) print(budgets.text());
}

int run(int argc, char** argv) {
  try {
    if (::geteuid() == 0) {
      throw Failure(
          "run it as an ordinary user: root needs no user namespace, and its times are others");
    }
    watch_signals();
    measure(parse_options(argc, argv));
    return 0;
  } catch (const Interrupted& error) {
    std::fputs(fmt::format("bench: {}\n", error.what()).c_str(), stderr);
    return 130;
  } catch (const std::exception& error) {
    std::fputs(fmt::format("bench: {}\n", error.what()).c_str(), stderr);
    return 1;
  }
}

}  // namespace
}  // namespace devbox::bench

int main(int argc, char** argv) { return devbox::bench::run(argc, argv); }
