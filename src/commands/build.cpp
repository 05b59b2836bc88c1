#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <vector>

#include "build/chain.hpp"
#include "build/log.hpp"
#include "commands/build_failure.hpp"
#include "commands/build_progress.hpp"
#include "commands/build_site.hpp"
#include "commands/commands.hpp"
#include "launch/launch.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace devbox::commands {
namespace {

Talk talk_of(const cli::Build& verb) {
  if (verb.quiet) return Talk::quiet;
  return verb.verbose ? Talk::verbose : Talk::usual;
}

std::vector<build::Built> build_once(const BuildSite& site, build::Log& log, Talk talk) {
  BuildProgress progress(talk);
  const plan::Surroundings surroundings = site.usual();
  const build::Steps steps = {
      .plan =
          [&](const profile::Task& task, const std::string& upper) {
            plan::Plan plan = site.plan(task, surroundings, upper, BuildSite::Caches::kept);
            say_unmet(plan);
            return plan;
          },
      .begin = [&](const profile::Task& task) { progress.begin(task, log); },
      .output =
          [&](std::string_view bytes) {
            log.add(bytes);
            progress.output(bytes);
          },
      .end = [&](const profile::Task& task, const build::Ran& ran) { progress.end(task, ran); }};
  return build::build_chain(site.chain(), site.tree(), site.work(), site.runtime(), surroundings,
                            steps);
}

}  // namespace

int build(const cli::Build& verb) {
  launch::close_inherited({});
  const BuildSite site(verb);
  const Talk talk = talk_of(verb);
  if (talk != Talk::quiet) {
    for (const plan::Note& note : site.notes())
      std::fputs(fmt::format("devbox: {}\n", note.text).c_str(), stderr);
  }
  build::Log log(site.logs(), site.task().name);
  try {
    site.publish(build_once(site, log, talk));
  } catch (const build::TaskFailed& failed) {
    throw task_failure(failed, log, site, talk == Talk::verbose);
  }
  build::remove_work(site.work());
  return 0;
}

}  // namespace devbox::commands
