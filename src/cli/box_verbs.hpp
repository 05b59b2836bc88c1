// The verbs for boxes that run.
#pragma once

#include "cli/parser.hpp"

namespace devbox::cli {

Finish prepare_exec(const Parser& parser);
Finish prepare_ps(const Parser& parser);
Finish prepare_stop(const Parser& parser);
Finish prepare_stats(const Parser& parser);
Finish prepare_limit(const Parser& parser);

}  // namespace devbox::cli
