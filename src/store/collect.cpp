#include "store/collect.hpp"

#include <algorithm>
#include <numeric>

#include "store/written.hpp"

namespace devbox::store {
namespace {

constexpr std::int64_t kDay = 24 * 60 * 60;

Fate fate_of(const StoredTree& tree, const Limits& limits, std::int64_t now) {
  if (tree.sources.empty()) return Fate::abandoned;
  if (limits.keep_days && now - tree.last_use >= *limits.keep_days * kDay) return Fate::old;
  return Fate::stays;
}

// Every way to it is one that cannot be gone again.
bool is_only_one(const StoredTree& tree) {
  return !tree.sources.empty() &&
         std::all_of(tree.sources.begin(), tree.sources.end(),
                     [](const PinnedTree& source) { return source.key.starts_with(kCommitted); });
}

// Of one that is to go as `fate`.
Fate spared(const StoredTree& tree, Fate fate) {
  if (tree.in_use) return Fate::in_use;
  return is_only_one(tree) ? Fate::only_one : fate;
}

}  // namespace

std::vector<Fate> decide(const std::vector<StoredTree>& trees, const Usage& usage,
                         const Limits& limits, std::int64_t now) {
  std::vector<Fate> fates;
  std::vector<bool> kept;
  for (const StoredTree& tree : trees) {
    const Fate fate = fate_of(tree, limits, now);
    fates.push_back(goes(fate) ? spared(tree, fate) : fate);
    kept.push_back(!goes(fates.back()));
  }
  if (!limits.max_bytes) return fates;
  std::vector<std::size_t> by_use(trees.size());
  std::iota(by_use.begin(), by_use.end(), 0U);
  std::stable_sort(by_use.begin(), by_use.end(), [&](std::size_t a, std::size_t b) {
    return trees[a].last_use < trees[b].last_use;
  });
  for (const std::size_t i : by_use) {
    if (usage.left(kept) <= *limits.max_bytes) break;
    if (!kept[i]) continue;
    fates[i] = spared(trees[i], Fate::over_limit);
    kept[i] = !goes(fates[i]);
  }
  return fates;
}

}  // namespace devbox::store
