// The options of `devbox build`.
#pragma once

#include "cli/parser.hpp"

namespace devbox::cli {

Finish prepare_build(const Parser& parser);

}  // namespace devbox::cli
