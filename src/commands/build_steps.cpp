#include "commands/build_steps.hpp"

#include "commands/build_failure.hpp"
#include "commands/prepare.hpp"

namespace devbox::commands {

std::vector<build::Built> build_once(const BuildSite& site, const plan::Surroundings& surroundings,
                                     const std::string& work, BuildSite::Caches caches,
                                     build::Log& log, BuildProgress& progress) {
  const build::Steps steps = {
      .plan =
          [&](const profile::Task& task, const std::string& upper) {
            plan::Plan plan = site.plan(task, surroundings, upper, caches);
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
  try {
    return build::build_chain(site.chain(), site.tree(), work, site.runtime(), surroundings, steps);
  } catch (const build::TaskFailed& failed) {
    progress.forget();
    throw task_failure(failed, log, site, progress.shows_output());
  }
}

}  // namespace devbox::commands
