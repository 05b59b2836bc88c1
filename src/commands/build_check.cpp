#include "commands/build_check.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <memory>
#include <set>
#include <utility>

#include "build/check.hpp"
#include "build/child.hpp"
#include "build/compare.hpp"
#include "build/log.hpp"
#include "build/vary.hpp"
#include "commands/build_diffoscope.hpp"
#include "commands/build_means.hpp"
#include "commands/build_steps.hpp"
#include "commands/build_verdict.hpp"
#include "commands/commands.hpp"
#include "commands/live_lines.hpp"
#include "host/cannot.hpp"
#include "host/memory.hpp"
#include "host/new_file.hpp"
#include "util/error.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::commands {
namespace {

using Clock = std::chrono::steady_clock;
using build::Variation;

constexpr const char* kOutputs = "outputs";  // of a build, all of them

void say(const std::string& text) { std::fputs(fmt::format("devbox: {}\n", text).c_str(), stderr); }

// Those that were asked for. What cannot be varied here is said, where it was asked for by name an
// error.
std::set<Variation> wanted_variations(const cli::Build& verb, const build::Means& means,
                                      std::vector<NotVaried>& not_varied) {
  std::set<Variation> wanted;
  for (const std::string& name : verb.vary) wanted.insert(build::variation_of(name));
  if (verb.vary.empty()) {
    for (const build::VariationName& one : build::variations()) wanted.insert(one.variation);
  }
  for (const std::string& name : verb.no_vary) wanted.erase(build::variation_of(name));
  for (const build::VariationName& one : build::variations()) {
    const std::string why = build::why_not(one.variation, means);
    if (why.empty() || wanted.erase(one.variation) == 0) continue;
    if (!verb.vary.empty())
      throw Error(fmt::format("{} cannot be varied: {}", one.name, why), "leave it out of --vary");
    not_varied.push_back({std::string(one.name), why});
  }
  if (wanted.empty())
    throw Error("nothing is left to vary", "`devbox build --help` has --vary and --no-vary",
                Error::Kind::usage);
  return wanted;
}

// What the library that varies some of it is not loaded into (surroundings/settings.hpp).
void add_unreached(const std::set<Variation>& wanted, std::vector<NotVaried>& not_varied) {
  std::string names;
  for (const Variation variation : wanted) {
    if (build::is_by_library(variation))
      names += fmt::format("{}{}", names.empty() ? "" : ", ", build::name_of(variation));
  }
  if (names.empty()) return;
  not_varied.push_back({names + " in static programs, Go's, and /proc",
                        "they are changed by a library that programs load"});
}

// Builds some at once, each in a process of its own.
class Builds {
 public:
  Builds(const BuildSite& site, Talk talk, std::size_t at_once)
      : site_(site), talk_(talk), at_once_(at_once) {
    if (talk == Talk::usual && is_terminal()) lines_ = std::make_unique<LiveLines>();
  }

  std::vector<std::string> run(const std::vector<build::Job>& jobs) {
    std::vector<std::string> results;
    for (const build::Job& job : jobs) {
      if (running_.size() == at_once_) join_one();
      results.push_back(start(job));
    }
    while (!running_.empty()) join_one();
    return results;
  }
  void forget() { lines_.reset(); }

 private:
  struct Running {
    std::string name;
    Clock::time_point begun;
    std::unique_ptr<build::Worker> worker;
  };

  std::string start(const build::Job& job) {
    const std::string work = path::join(site_.work(), job.name);
    std::string outputs = path::join(work, kOutputs);
    if (talk_ != Talk::quiet && !lines_)
      say(fmt::format("building {}: {}", printable(site_.task().name), job.name));
    running_.push_back({job.name, Clock::now(),
                        std::make_unique<build::Worker>([&] { build_here(job, work, outputs); })});
    return outputs;
  }

  // In the worker.
  void build_here(const build::Job& job, const std::string& work,
                  const std::string& outputs) const {
    build::Log log(site_.logs(), fmt::format("{}+{}", site_.task().name, job.name));
    BuildProgress progress(Talk::quiet);
    try {
      const auto built =
          build_once(site_, job.surroundings, work, BuildSite::Caches::none, log, progress);
      host::make_directories(outputs);
      build::publish(built, outputs);
    } catch (const Error& error) {
      throw Error(fmt::format("the build `{}` of the check: {}", job.name, error.message()),
                  error.hint(), error.kind());
    }
  }

  void join_one() {
    constexpr int kBeatMs = 100;
    for (;;) {
      std::vector<pollfd> ready;
      for (const Running& one : running_) ready.push_back({one.worker->done(), POLLIN, 0});
      const int polled = ::poll(ready.data(), ready.size(), kBeatMs);
      if (polled < 0 && errno != EINTR) throw host::cannot("wait for", "a build", errno);
      draw();
      for (std::size_t i = 0; polled > 0 && i < ready.size(); ++i) {
        if (ready[i].revents == 0) continue;
        running_[i].worker->join();
        running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(i));
        ++done_;
        return;
      }
    }
  }

  void draw() {
    if (!lines_) return;
    std::string names;
    for (const Running& one : running_) {
      const std::chrono::duration<double> took = Clock::now() - one.begun;
      names +=
          fmt::format("{}{} {}", names.empty() ? "" : ", ", one.name, duration_text(took.count()));
    }
    lines_->draw(
        {fmt::format("checking {}: {} done; {}", printable(site_.task().name), done_, names)},
        std::nullopt);
  }

  const BuildSite& site_;
  const Talk talk_;
  const std::size_t at_once_;
  std::unique_ptr<LiveLines> lines_;
  std::vector<Running> running_;
  std::size_t done_ = 0;
};

// Two where each may have the memory that its limit allows, or else two gibibytes.
std::size_t builds_at_once(const BuildSite& site) {
  constexpr std::uint64_t kUsual = std::uint64_t{2} << 30U;
  const std::uint64_t each = site.subject().profile.limits.memory.value_or(kUsual);
  return host::available_memory() / 2 >= each ? 2 : 1;
}

// Of the first file whose content differs: most of what differs has one cause.
void say_more(const BuildSite& site, const build::Verdict& verdict) {
  for (const build::Difference& difference : verdict.differences) {
    if (difference.what != build::Difference::What::content) continue;
    const auto output = [&](const char* job) {
      return path::join(path::join(path::join(site.work(), job), kOutputs), difference.path);
    };
    const std::string report =
        path::join(site.logs(), fmt::format("{}+diffoscope.txt", site.task().name));
    const std::string said = ask_diffoscope(site, output("baseline"), output("varied-1"), report);
    if (!said.empty()) say(fmt::format("{}: {}", printable(difference.path), said));
    return;
  }
}

}  // namespace

int check_build(const BuildSite& site, const cli::Build& verb) {
  site.require_hermetic("checked");
  if (site.outputs().empty())
    throw Error(
        fmt::format("the task {} has no `outputs` to compare", printable(site.task().name)));
  const build::Means means = find_means(site);
  std::vector<NotVaried> not_varied;
  const std::set<Variation> wanted = wanted_variations(verb, means, not_varied);
  add_unreached(wanted, not_varied);
  const Talk talk = verb.quiet ? Talk::quiet : Talk::usual;
  build::remove_work(site.work());
  Builds builds(site, talk, builds_at_once(site));
  const build::Laboratory laboratory = {
      .build = [&](const std::vector<build::Job>& jobs) { return builds.run(jobs); },
      .compare =
          [&](const std::string& first, const std::string& second) {
            return build::compare(site.subject().installation.image, first, second);
          }};
  const build::Verdict verdict = build::check(build::held_still(site.usual(), means, site.epoch()),
                                              wanted, means, verb.check.value_or(2), laboratory);
  builds.forget();
  print(verb.json ? verdict_json(site.task(), verdict, wanted, not_varied)
                  : verdict_text(site.task(), verdict, not_varied));
  say_more(site, verdict);
  return verdict.differences.empty() ? 0 : 1;
}

}  // namespace devbox::commands
