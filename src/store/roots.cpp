#include "store/roots.hpp"

#include <dirent.h>
#include <sys/stat.h>

#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <memory>

#include "host/cannot.hpp"
#include "host/files.hpp"
#include "store/digest.hpp"
#include "store/identity.hpp"
#include "store/listing.hpp"
#include "store/owned.hpp"
#include "store/tree.hpp"
#include "util/path.hpp"

namespace devbox::store {
namespace {

constexpr std::size_t kKeyDigits = 32;
constexpr std::size_t kMaxSmallFile = std::size_t{1024} * 1024;

std::string text_of_link(const std::string& path) { return link_text(path).value_or(""); }

void find_others(const std::string& roots, const std::string& key, KeptRoot& kept) {
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(roots.c_str()), &::closedir);
  if (!stream) {
    if (errno == ENOENT) return;
    throw host::cannot("list", roots, errno);
  }
  while (const dirent* found = ::readdir(stream.get())) {
    const std::string name = found->d_name;
    if (name.starts_with('.')) continue;
    if (name == key) {
      kept.exists = true;
      continue;
    }
    const std::string tree = text_of_link(path::join(path::join(roots, name), "tree"));
    kept.others.push_back(tree.empty() ? name : tree);
  }
  std::sort(kept.others.begin(), kept.others.end());
}

// The tree's links lead to where the upper has the name; the upper's own are followed in it.
std::string place_of(const Rootfs& rootfs, const std::string& path) {
  const auto place = rootfs.places.find(path);
  return place == rootfs.places.end() ? path : place->second.path;
}

}  // namespace

std::string tree_key(const std::string& tree, const std::string& data) {
  const std::string pinned = path::filename(path::parent(tree));
  const bool is_pinned = path::is_within(tree, data) && is_digest(pinned);
  // What was written over it has the owners that the same tree does not have elsewhere.
  if (is_pinned && has_owners(tree, data)) return sha256("owned " + pinned).substr(0, kKeyDigits);
  return (is_pinned ? pinned : sha256(tree)).substr(0, kKeyDigits);
}

KeptRoot look_at_root(const std::string& roots, const std::string& key, const Rootfs& rootfs) {
  KeptRoot kept;
  kept.directory = path::join(roots, key);
  find_others(roots, key, kept);
  const std::string upper = path::join(kept.directory, "upper");
  struct stat st {};
  if (!kept.exists || ::stat(upper.c_str(), &st) != 0) return kept;
  const Tree tree(upper);
  for (const auto& [path, in_tree] : rootfs.files) {
    const TreeFile file = tree.open(place_of(rootfs, path));
    if (!file.fd) continue;
    host::Contents found = host::contents(file.fd.get(), kMaxSmallFile);
    if (found.ok()) kept.files.emplace(path, std::move(found.bytes));
  }
  for (const auto& [path, in_tree] : rootfs.programs) {
    const unsigned mode = tree.mode(place_of(rootfs, path));
    if (S_ISREG(mode) && (mode & 0111) != 0) kept.programs.emplace(path, true);
  }
  return kept;
}

std::vector<StoredRoot> roots_of(const std::string& roots) {
  std::vector<StoredRoot> found;
  for (const std::string& key : names_in(roots)) {
    StoredRoot root{.directory = path::join(roots, key), .key = key, .tree = {}, .profile = {}};
    struct stat st {};
    // A directory alone is one that was never begun on.
    if (::stat(path::join(root.directory, "lock").c_str(), &st) != 0) continue;
    root.last_use = st.st_mtim.tv_sec;
    root.tree = text_of_link(path::join(root.directory, "tree"));
    root.profile = text_of_link(path::join(root.directory, "profile"));
    found.push_back(std::move(root));
  }
  return found;
}

std::vector<StoredRoot> all_roots(const std::string& all) {
  std::vector<StoredRoot> found;
  for (const std::string& identity : names_in(all)) {
    for (StoredRoot& root : roots_of(path::join(all, identity))) found.push_back(std::move(root));
  }
  return found;
}

}  // namespace devbox::store
