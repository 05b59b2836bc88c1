// `devbox build`: an empty task beside a command in the same box, and real packages beside the same
// builds outside.
#include <fmt/format.h>

#include <filesystem>
#include <map>

#include "failure.hpp"
#include "rounds.hpp"
#include "sections.hpp"

namespace devbox::bench {
namespace {

namespace fs = std::filesystem;

enum class Which { task, run, outside };

// On a disk, with a store, whose directories are read-only.
struct Disk : Scratch {
  using Scratch::Scratch;
  ~Disk() { remove_tree(path()); }
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;
};

// A project below `disk`, where its store is too, with one task, locked.
class Project {
 public:
  Project(const Bench& bench, const Scratch& disk, const std::string& name, const std::string& run)
      : devbox_(bench.options.devbox), directory_(disk.at(name)) {
    make_directories(directory_);
    // A clone of a repository has one too; a build asks it what the sources are.
    env_ = {"PATH=/usr/local/bin:/usr/bin:/bin",
            "HOME=" + disk.at("home"),
            "USER=bench",
            "LANG=C.UTF-8",
            "XDG_RUNTIME_DIR=" + bench.scratch.path(),
            "GIT_CONFIG_GLOBAL=/dev/null"};
    write_file(directory_ + "/devbox.toml", fmt::format("schema = 1\n"
                                                        "[image]\n"
                                                        "source = \"tar:{}\"\n"
                                                        "[tasks.{}]\n"
                                                        "run = \"\"\"\n{}\n\"\"\"\n",
                                                        bench.options.archive, name, run));
    for (const std::vector<std::string>& argv : std::vector<std::vector<std::string>>{
             {devbox_, "lock"},
             {"/usr/bin/git", "init", "-q"},
             {"/usr/bin/git", "add", "-Af"},
             {"/usr/bin/git", "-c", "user.name=b", "-c", "user.email=b@b", "commit", "-qm", "b"}})
      bench.family.run_ms({argv, env_, directory_});
  }

  Command build() const { return command({"build", "--trust", "--quiet"}); }
  Command run(const std::string& program) const {
    return command({"run", "--trust", "--", program});
  }
  Command outside(const Contestants& contestants, const std::string& run) const {
    Command command = contestants.outside(contestants.tree(), {"/bin/sh", "-e", "-c", run});
    command.argv[2] = directory_;  // what it sees of the disk
    command.cwd = directory_;
    return command;
  }

 private:
  Command command(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), devbox_);
    return {arguments, env_, directory_};
  }

  std::string devbox_, directory_;
  std::vector<std::string> env_;
};

void measure_empty(Bench& bench, const Scratch& disk) {
  const Project project(bench, disk, "empty", "true");
  const std::map<Which, Sample> samples = interleave<Which>(
      bench.family, {{Which::task, project.build()}, {Which::run, project.run("true")}},
      bench.options.rounds);
  const double task = samples.at(Which::task).median();
  const double run = samples.at(Which::run).median();
  Table table({fmt::format("an empty task, {} rounds", bench.options.rounds), "median ms"});
  table.row({"`devbox build`", with_decimals(task, 2)});
  table.row({"`devbox run -- true`", with_decimals(run, 2)});
  print(table.text());
  bench.budgets.at_most("an empty task: `devbox build` - `devbox run`", task - run, 20, "ms");
}

// All of one time, as a build sees them: of a newer configure.ac make would make configure anew.
void copy_sources(const std::string& from, const std::string& to) {
  fs::copy(from, to, fs::copy_options::recursive | fs::copy_options::copy_symlinks);
  const fs::file_time_type now = fs::file_time_type::clock::now();
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(to)) {
    if (entry.is_regular_file()) fs::last_write_time(entry, now);
  }
}

// In a directory of its own, which a build throws away and which is not there for the next.
void measure_package(Bench& bench, const Scratch& disk, const Package& package) {
  constexpr int kShare = 25;  // of the rounds: a build takes some seconds
  const std::string name = fs::path(package.directory).filename().string();
  const std::string run = "rm -rf out\nmkdir out\ncd out\n(" + package.command +
                          ") >log 2>&1 || { tail -n 20 log >&2; exit 1; }";
  copy_sources(package.directory, disk.at("package"));
  const Project project(bench, disk, "package", run);
  const int rounds = bench.options.quick ? 1 : bench.options.rounds / kShare + 1;
  const std::map<Which, Sample> samples = interleave<Which>(
      bench.family,
      {{Which::task, project.build()}, {Which::outside, project.outside(bench.contestants, run)}},
      rounds);
  Table table({fmt::format("{} built, {} rounds", name, rounds), "median ms", "p10", "p90"});
  for (const auto& [which, sample] : samples) {
    table.row({which == Which::task ? "`devbox build`" : "outside, the same compiler",
               with_decimals(sample.median(), 0), with_decimals(sample.p10(), 0),
               with_decimals(sample.p90(), 0)});
  }
  print(table.text());
  bench.budgets.at_most(fmt::format("{}: `devbox build` / outside", name),
                        samples.at(Which::task).median() / samples.at(Which::outside).median(),
                        1.01);
  remove_tree(disk.at("package"));
}

}  // namespace

void measure_task(Bench& bench) {
  if (bench.options.archive.empty()) {
    print("A task: there is no image (`--archive FILE` names an archive of one).\n");
    return;
  }
  const Disk disk(bench.options.disk);
  measure_empty(bench, disk);
  if (!bench.options.packages.empty() && !bench.contestants.tree_is_given())
    throw Failure("--package needs --tree, the same as --archive, unpacked");
  for (const Package& package : bench.options.packages) measure_package(bench, disk, package);
}

}  // namespace devbox::bench
