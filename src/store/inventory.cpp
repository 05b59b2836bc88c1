#include "store/inventory.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <optional>

#include "host/cannot.hpp"
#include "store/digest.hpp"
#include "store/listing.hpp"
#include "util/error.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::store {
namespace {

const std::string kPrefix = "sha256:";

// False where it went meanwhile, or is no directory.
bool look_at(const std::string& directory, StoredTree& tree) {
  const Fd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)) return false;
  struct stat st {};
  if (!fd || ::fstat(fd.get(), &st) < 0) throw host::cannot("look at", directory, errno);
  tree.last_use = st.st_mtim.tv_sec;
  tree.in_use = ::flock(fd.get(), LOCK_EX | LOCK_NB) < 0;
  return true;
}

// Whether `word`, without its prefix, is `digest` or the beginning of it.
bool means(std::string_view word, std::string_view digest) {
  constexpr std::size_t kFewest = 8;
  if (digest.starts_with(kPrefix)) digest.remove_prefix(kPrefix.size());
  return word.size() >= kFewest && digest.starts_with(word);
}

}  // namespace

std::vector<StoredTree> inventory(const Pinned& store) {
  const std::vector<PinnedTree> sources = store.list();
  std::vector<StoredTree> all;
  const std::string trees = path::join(store.directory(), "trees");
  for (const std::string& name : names_in(trees)) {
    StoredTree tree{.tree = name, .sources = {}, .owners = store.ids() != nullptr};
    if (!is_digest(name) || !look_at(path::join(trees, name), tree)) continue;
    for (const PinnedTree& source : sources) {
      if (source.tree == name) tree.sources.push_back(source);
    }
    all.push_back(std::move(tree));
  }
  return all;
}

std::string info_text(const PinnedTree& source, const char* key) {
  const auto found = source.info.find(key);
  return found != source.info.end() && found->is_string() ? found->get<std::string>() : "";
}

std::string pin_text(const PinnedTree& source) {
  const bool is_archive = info_text(source, "source").starts_with("tar:");
  return info_text(source, is_archive ? "archive" : "plain");
}

std::uint64_t info_number(const PinnedTree& source, const char* key) {
  const auto found = source.info.find(key);
  return found != source.info.end() && found->is_number_unsigned() ? found->get<std::uint64_t>()
                                                                   : 0;
}

std::string name_of(const StoredTree& tree) {
  std::string name = kPrefix + tree.tree;
  if (!tree.sources.empty()) {
    const std::string source = info_text(tree.sources[0], "source");
    name = printable(source.empty() ? tree.sources[0].key : source);
  }
  return name + (tree.owners ? kWithOwners : "");
}

namespace {

// std::nullopt where it means none.
std::optional<StoredTree> find(const std::vector<StoredTree>& trees, const std::string& word) {
  std::string_view digits = word;
  if (digits.starts_with(kPrefix)) digits.remove_prefix(kPrefix.size());
  std::vector<StoredTree> found;
  for (const StoredTree& tree : trees) {
    if (means(digits, tree.tree)) {
      found.push_back(tree);
      continue;
    }
    for (const PinnedTree& source : tree.sources) {
      if (info_text(source, "source") != word && source.key != word &&
          !means(digits, pin_text(source)))
        continue;
      found.push_back(tree);
      found.back().sources = {source};
    }
  }
  if (found.size() == 1) return std::move(found[0]);
  if (found.empty()) return std::nullopt;
  std::string digests;
  for (const StoredTree& tree : found)
    digests += " " + (tree.sources.empty() ? tree.tree : pin_text(tree.sources[0]));
  throw Error(fmt::format("the store has {} images {}", found.size(), printable(word)),
              fmt::format("name one by its digest:{}", printable(digests)));
}

Error none(const std::string& word) {
  return Error(fmt::format("the store has no image {}", printable(word)),
               "`devbox image ls` lists what it has");
}

}  // namespace

StoredTree select(const std::vector<StoredTree>& trees, const std::string& word) {
  std::optional<StoredTree> found = find(trees, word);
  if (!found) throw none(word);
  return std::move(*found);
}

std::vector<StoredTree> select_in_each(const std::vector<StoredTree>& trees,
                                       const std::string& word) {
  std::vector<StoredTree> of_each[2];
  for (const StoredTree& tree : trees) of_each[tree.owners ? 1 : 0].push_back(tree);
  std::vector<StoredTree> all;
  for (const std::vector<StoredTree>& one : of_each) {
    if (std::optional<StoredTree> found = find(one, word)) all.push_back(std::move(*found));
  }
  if (all.empty()) throw none(word);
  return all;
}

}  // namespace devbox::store
