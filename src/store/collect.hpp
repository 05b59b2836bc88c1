// Which trees go, from values alone.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "store/inventory.hpp"
#include "store/usage.hpp"

namespace devbox::store {

struct Limits {
  std::optional<std::int64_t> keep_days;   // what was not used for so long goes
  std::optional<std::uint64_t> max_bytes;  // what was used last goes last, until no more is left
};

enum class Fate {
  stays,
  in_use,      // would go, and somebody uses it
  only_one,    // would go, and nobody can make it again: `devbox box commit` made it
  abandoned,   // nothing leads to it
  old,         // not used for keep_days
  over_limit,  // the store is larger than max_bytes
};

inline bool goes(Fate fate) {
  return fate != Fate::stays && fate != Fate::in_use && fate != Fate::only_one;
}

// One for each of `trees`, of which `usage` says the sizes. `now` in seconds since 1970.
std::vector<Fate> decide(const std::vector<StoredTree>& trees, const Usage& usage,
                         const Limits& limits, std::int64_t now);

}  // namespace devbox::store
