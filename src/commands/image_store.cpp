// image rm, du and gc.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <limits>
#include <vector>

#include "commands/columns.hpp"
#include "commands/commands.hpp"
#include "commands/image.hpp"
#include "commands/progress.hpp"
#include "store/collect.hpp"
#include "store/inventory.hpp"
#include "store/removal.hpp"
#include "store/usage.hpp"
#include "util/error.hpp"
#include "util/json.hpp"
#include "util/text.hpp"

namespace devbox::commands {
namespace {

using store::StoredTree;

Json sources_json(const StoredTree& tree) {
  Json sources = Json::array();
  for (const store::PinnedTree& source : tree.sources)
    sources.push_back(store::info_text(source, "source"));
  return sources;
}

Json tree_json(const StoredTree& tree) {
  return {
      {"tree", "sha256:" + tree.tree}, {"owners", tree.owners}, {"sources", sources_json(tree)}};
}

void say(const std::string& line) { std::fputs(("devbox: " + line + "\n").c_str(), stderr); }

// How many sources lead to the tree of `chosen`, which has some of them.
std::size_t sources_of(const std::vector<StoredTree>& all, const StoredTree& chosen) {
  for (const StoredTree& tree : all) {
    if (tree.tree == chosen.tree && tree.owners == chosen.owners) return tree.sources.size();
  }
  return 0;
}

// What became of one: "removed", "still has other sources", "in use".
std::string remove_one(const store::Pinned& store, const std::vector<StoredTree>& all,
                       const StoredTree& chosen) {
  if (chosen.sources.size() < sources_of(all, chosen)) {
    store::remove_source(store, chosen.sources[0].key);
    return "still has other sources";
  }
  const store::Removed removed =
      store::remove_tree(store, chosen.tree, std::numeric_limits<std::int64_t>::max());
  return removed == store::Removed::in_use ? "in use" : "removed";
}

// Says what became of one that `shown` names.
void tell_removed(const std::string& shown, const std::string& what) {
  if (what == "in use") {
    say(
        fmt::format("{} stays: a box runs on it, or it is being verified; `devbox image rm` it "
                    "when that has ended",
                    shown));
  } else {
    say(what == "removed"
            ? fmt::format("removed {}", shown)
            : fmt::format("forgot {}; its tree stays, as another source leads to it", shown));
  }
}

}  // namespace

int image_remove(const cli::ImageRemove& verb) {
  const Stores stores(host::probe());
  Json removed = Json::array();
  int status = 0;
  for (const std::string& word : verb.images) {
    const std::vector<StoredTree> all = stores.inventory();
    for (const StoredTree& chosen : store::select_in_each(all, word)) {
      const std::string what = remove_one(stores.of(chosen), all, chosen);
      removed.push_back({{"image", word}, {"owners", chosen.owners}, {"outcome", what}});
      if (what == "in use") status = 1;
      if (what == "in use" || !verb.json)
        tell_removed(printable(word) + (chosen.owners ? store::kWithOwners : ""), what);
    }
  }
  stores.sweep();
  return verb.json ? std::max(status, print(json_text(removed))) : status;
}

int image_usage(const cli::ImageUsage& verb) {
  const Stores stores(host::probe());
  const std::vector<StoredTree> trees = stores.inventory();
  const store::Usage usage = stores.usage(trees);
  if (verb.json) {
    Json all = Json::array();
    for (std::size_t i = 0; i < trees.size(); ++i) {
      Json one = tree_json(trees[i]);
      one.update({{"own", usage.own(i)},
                  {"shared", usage.shared(i)},
                  {"freed_by_rm", trees[i].in_use ? 0 : usage.own(i)},
                  {"in_use", trees[i].in_use},
                  {"last_use", trees[i].last_use}});
      all.push_back(std::move(one));
    }
    return print(
        json_text({{"images", all}, {"freed_by_gc", usage.unused}, {"total", usage.total()}}));
  }
  std::string text =
      fmt::format("{:>12}  {:>12}  {:<10}  {}\n", "own", "shared", "last use", "image");
  for (std::size_t i = 0; i < trees.size(); ++i) {
    text += fmt::format("{:>12}  {:>12}  {:<10}  {}{}\n", size_text(usage.own(i)),
                        size_text(usage.shared(i)), date_text(trees[i].last_use),
                        store::name_of(trees[i]), trees[i].in_use ? " (in use)" : "");
  }
  text += fmt::format("{:>12}  {:>12}  {:<10}  all of it, each file once\n",
                      size_text(usage.total()), "", "");
  if (usage.unused > 0)
    text += fmt::format("{:>12}  {:>12}  {:<10}  of that nothing needs: `devbox image gc`\n",
                        size_text(usage.unused), "", "");
  return print(text);
}

namespace {

const char* reason(store::Fate fate) {
  switch (fate) {
    case store::Fate::abandoned:
      return "nothing leads to it";
    case store::Fate::old:
      return "not used for so long";
    case store::Fate::over_limit:
      return "the store is too large";
    case store::Fate::in_use:
      return "in use";
    case store::Fate::only_one:
      return "`devbox box commit` made it, and nobody can again; `devbox image rm` removes it";
    case store::Fate::stays:
      break;
  }
  return "";
}

// Carries out what was decided, and says of each tree what became of it.
class Collection {
 public:
  explicit Collection(const cli::ImageCollect& verb)
      : verb_(verb),
        trees_(stores_.inventory()),
        usage_(stores_.usage(trees_)),
        fates_(store::decide(trees_, usage_,
                             {.keep_days = verb.keep_days, .max_bytes = verb.max_bytes},
                             ::time(nullptr))) {}

  int run() {
    std::vector<bool> kept;
    for (std::size_t i = 0; i < trees_.size(); ++i) {
      if (goes(fates_[i]) && !verb_.dry_run) remove(i);
      kept.push_back(!goes(fates_[i]));
      tell(i);
    }
    const std::uint64_t unused_files = verb_.dry_run ? usage_.unused_files : stores_.sweep();
    left_ = usage_.left(kept);
    const std::uint64_t freed = usage_.total() - left_;
    if (verb_.json) {
      return print(json_text({{"dry_run", verb_.dry_run},
                              {"removed", removed_},
                              {"kept", kept_},
                              {"unused_files", unused_files},
                              {"freed", freed},
                              {"left", left_}}));
    }
    say(fmt::format("{} {}; {} are left", verb_.dry_run ? "would free" : "freed", size_text(freed),
                    size_text(left_)));
    if (verb_.max_bytes && left_ > *verb_.max_bytes)
      say(fmt::format("that is more than {}: the rest is in use, or cannot be made again",
                      size_text(*verb_.max_bytes)));
    return 0;
  }

 private:
  void remove(std::size_t i) {
    // Used since it was looked at: it stays.
    if (store::remove_tree(stores_.of(trees_[i]), trees_[i].tree, trees_[i].last_use) ==
        store::Removed::in_use)
      fates_[i] = store::Fate::in_use;
  }

  void tell(std::size_t i) {
    if (fates_[i] == store::Fate::stays) return;
    const bool went = goes(fates_[i]);
    Json one = tree_json(trees_[i]);
    one["reason"] = reason(fates_[i]);
    (went ? removed_ : kept_).push_back(std::move(one));
    if (verb_.json) return;
    const char* what = !went ? "stays" : verb_.dry_run ? "would go" : "removed";
    say(fmt::format("{}: {} ({})", what, store::name_of(trees_[i]), reason(fates_[i])));
  }

  const Stores stores_{host::probe()};
  const cli::ImageCollect& verb_;
  std::vector<StoredTree> trees_;
  store::Usage usage_;
  std::vector<store::Fate> fates_;
  Json removed_ = Json::array();
  Json kept_ = Json::array();
  std::uint64_t left_ = 0;
};

}  // namespace

int image_collect(const cli::ImageCollect& verb) { return Collection(verb).run(); }

}  // namespace devbox::commands
