// A profile over its base.
#pragma once

#include "profile/node.hpp"

namespace devbox::profile {

// `base` with everything that `nearer` says put over it: tables merge by key, all else is replaced.
// A mount whose type the nearer file writes anew replaces its base's as a whole, since the keys of
// one type mean nothing to another. `schema`, `name`, `description` and `extends` belong to their
// own file and are not inherited.
Node merge(Node base, Node nearer);

}  // namespace devbox::profile
