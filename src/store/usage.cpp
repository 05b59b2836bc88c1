#include "store/usage.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <unordered_map>

#include "host/cannot.hpp"
#include "host/mapped.hpp"
#include "store/listing.hpp"
#include "store/walk.hpp"
#include "util/json.hpp"
#include "util/path.hpp"

namespace devbox::store {
namespace {

constexpr std::uint64_t kBlock = 512;  // of st_blocks (stat(2))

struct Inode {
  std::uint64_t bytes = 0;
  std::vector<std::size_t> trees;
};

Usage look_at(const Pinned& store, const std::vector<std::string>& trees) {
  std::unordered_map<ino_t, Inode> inodes;
  for (std::size_t i = 0; i < trees.size(); ++i) {
    walk(path::join(store.directory(), "trees/" + trees[i]), [&](const Visited& visited) {
      Inode& inode = inodes[visited.status.st_ino];
      inode.bytes = static_cast<std::uint64_t>(visited.status.st_blocks) * kBlock;
      if (inode.trees.empty() || inode.trees.back() != i) inode.trees.push_back(i);
    });
  }
  std::map<std::vector<std::size_t>, std::uint64_t> by_trees;
  for (const auto& [number, inode] : inodes) by_trees[inode.trees] += inode.bytes;
  Usage result;
  for (const auto& [in, bytes] : by_trees) result.parts.push_back({in, bytes});
  walk(path::join(store.directory(), "files"), [&](const Visited& visited) {
    if (S_ISDIR(visited.status.st_mode) || visited.status.st_nlink > 1) return;
    ++result.unused_files;
    result.unused += static_cast<std::uint64_t>(visited.status.st_blocks) * kBlock;
  });
  return result;
}

// From one process to another.
std::string text_of(const Usage& usage) {
  Json parts = Json::array();
  for (const Part& part : usage.parts) parts.push_back({part.trees, part.bytes});
  return json_line({parts, usage.unused, usage.unused_files});
}

Usage usage_in(const std::string& text) {
  const Json said = parse_json(text).value_or(Json::array({Json::array(), 0, 0}));
  Usage usage;
  usage.unused = said[1].get<std::uint64_t>();
  usage.unused_files = said[2].get<std::uint64_t>();
  for (const Json& part : said[0])
    usage.parts.push_back({part[0].get<std::vector<std::size_t>>(), part[1].get<std::uint64_t>()});
  return usage;
}

}  // namespace

std::uint64_t Usage::total() const {
  std::uint64_t sum = unused;
  for (const Part& part : parts) sum += part.bytes;
  return sum;
}

std::uint64_t Usage::own(std::size_t tree) const {
  std::uint64_t sum = 0;
  for (const Part& part : parts) {
    if (part.trees.size() == 1 && part.trees[0] == tree) sum += part.bytes;
  }
  return sum;
}

std::uint64_t Usage::shared(std::size_t tree) const {
  std::uint64_t sum = 0;
  for (const Part& part : parts) {
    if (part.trees.size() > 1 && std::binary_search(part.trees.begin(), part.trees.end(), tree))
      sum += part.bytes;
  }
  return sum;
}

std::uint64_t Usage::left(const std::vector<bool>& kept) const {
  std::uint64_t sum = 0;
  for (const Part& part : parts) {
    if (std::any_of(part.trees.begin(), part.trees.end(),
                    [&](std::size_t tree) { return kept[tree]; }))
      sum += part.bytes;
  }
  return sum;
}

void Usage::add(const Usage& more, std::size_t trees) {
  for (Part part : more.parts) {
    for (std::size_t& tree : part.trees) tree += trees;
    parts.push_back(std::move(part));
  }
  unused += more.unused;
  unused_files += more.unused_files;
}

Usage usage(const Pinned& store, const std::vector<std::string>& trees) {
  if (store.ids() == nullptr || trees.empty()) return look_at(store, trees);
  return usage_in(host::run_mapped(store.ids()->all(), store.ids()->user(),
                                   "to look at files of other ids in",
                                   [&] { return text_of(look_at(store, trees)); }));
}

}  // namespace devbox::store
