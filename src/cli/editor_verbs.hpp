// The verbs for whoever stays on the host: shims, editor and shellenv.
#pragma once

#include "cli/parser.hpp"

namespace devbox::cli {

Finish prepare_shims(const Parser& parser);
Finish prepare_editor(const Parser& parser);
Finish prepare_shellenv(const Parser& parser);

}  // namespace devbox::cli
