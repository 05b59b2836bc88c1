// The verbs that look after the store.
#pragma once

#include "cli/parser.hpp"

namespace devbox::cli {

Finish prepare_import(const Parser& parser);
template <class Kind>  // ImageExport, ImagePush
Finish prepare_export(const Parser& parser);
Finish prepare_remove(const Parser& parser);
Finish prepare_verify(const Parser& parser);
Finish prepare_collect(const Parser& parser);

}  // namespace devbox::cli
