// The options of the verbs about persistent roots.
#pragma once

#include "cli/parser.hpp"

namespace devbox::cli {

Finish prepare_box_diff(const Parser& parser);
Finish prepare_box_reset(const Parser& parser);
Finish prepare_box_commit(const Parser& parser);

}  // namespace devbox::cli
