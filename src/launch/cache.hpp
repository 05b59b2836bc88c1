// What the next start finds done.
#pragma once

#include "plan/plan.hpp"

namespace devbox::launch {

// Where it cannot be written (a full disk, a read-only home), the next start does the work again:
// nothing is said. What lies beside it and is older than 90 days goes; what is still in use of that
// is made once more.
void keep_in_cache(const plan::CacheFile& file) noexcept;

}  // namespace devbox::launch
