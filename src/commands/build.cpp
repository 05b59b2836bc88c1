#include <fmt/format.h>
#include <sys/stat.h>

#include <cstdio>
#include <optional>

#include "build/chain.hpp"
#include "build/log.hpp"
#include "commands/build_check.hpp"
#include "commands/build_progress.hpp"
#include "commands/build_record.hpp"
#include "commands/build_site.hpp"
#include "commands/build_steps.hpp"
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

int verify(cli::Build verb) {
  const build::Record recorded = read_record(verb.verify);
  if (!verb.task.empty() && verb.task != recorded.task) {
    throw Error(fmt::format("{} records the task {}, not {}", printable(verb.verify),
                            printable(recorded.task), printable(verb.task)));
  }
  verb.task = recorded.task;
  const BuildSite site(verb, Fixed{recorded.build_path, recorded.epoch});
  return verify_record(site, recorded, verb);
}

}  // namespace

int build(const cli::Build& verb) {
  launch::close_inherited({});
  ::umask(022);  // the directories that a build finds are the same for everybody
  if (!verb.verify.empty()) return verify(verb);
  const BuildSite site(verb, std::nullopt);
  const Talk talk = talk_of(verb);
  if (talk != Talk::quiet) {
    for (const plan::Note& note : site.notes())
      std::fputs(fmt::format("devbox: {}\n", note.text).c_str(), stderr);
  }
  if (verb.check) return check_build(site, verb);
  if (!verb.record.empty()) site.require_hermetic("recorded");
  build::Log log(site.logs(), site.task().name);
  BuildProgress progress(talk);
  // A record is of what the inputs alone decide.
  const auto caches = verb.record.empty() ? BuildSite::Caches::kept : BuildSite::Caches::none;
  const auto built = build_once(site, site.usual(), site.work(), caches, log, progress);
  site.publish(built);
  if (!verb.record.empty()) write_record(site, built, verb.record);
  return 0;
}

}  // namespace devbox::commands
