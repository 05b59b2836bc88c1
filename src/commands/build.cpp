#include <fmt/format.h>

#include <cstdio>

#include "build/chain.hpp"
#include "build/log.hpp"
#include "commands/build_check.hpp"
#include "commands/build_progress.hpp"
#include "commands/build_site.hpp"
#include "commands/build_steps.hpp"
#include "commands/commands.hpp"
#include "launch/launch.hpp"

namespace devbox::commands {
namespace {

Talk talk_of(const cli::Build& verb) {
  if (verb.quiet) return Talk::quiet;
  return verb.verbose ? Talk::verbose : Talk::usual;
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
  if (verb.check) return check_build(site, verb);
  build::Log log(site.logs(), site.task().name);
  BuildProgress progress(talk);
  site.publish(build_once(site, site.usual(), site.work(), BuildSite::Caches::kept, log, progress));
  build::remove_work(site.work());
  return 0;
}

}  // namespace devbox::commands
