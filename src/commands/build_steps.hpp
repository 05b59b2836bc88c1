// One build of a task, as `devbox build` and `--check` do it.
#pragma once

#include <string>
#include <vector>

#include "build/chain.hpp"
#include "build/log.hpp"
#include "commands/build_progress.hpp"
#include "commands/build_site.hpp"
#include "plan/hermetic.hpp"

namespace devbox::commands {

// Builds in `work` and throws, where a task fails, what task_failure() says.
std::vector<build::Built> build_once(const BuildSite& site, const plan::Surroundings& surroundings,
                                     const std::string& work, BuildSite::Caches caches,
                                     build::Log& log, BuildProgress& progress);

}  // namespace devbox::commands
