// Why a task failed, as far as what it said and what it did not see tell.
#pragma once

#include <string>
#include <vector>

#include "build/chain.hpp"
#include "build/log.hpp"
#include "commands/build_site.hpp"
#include "util/error.hpp"

namespace devbox::commands {

// The sentence with the last lines of the log, and what may help. `said`: they were shown already.
Error task_failure(const build::TaskFailed& failed, const build::Log& log, const BuildSite& site,
                   bool said);

// Whether a program says there that it did not reach the network. Pure.
bool misses_network(const std::vector<std::string>& lines);

}  // namespace devbox::commands
