#include "store/removal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>

#include "host/cannot.hpp"
#include "store/digest.hpp"
#include "store/listing.hpp"
#include "store/walk.hpp"
#include "util/path.hpp"

namespace devbox::store {
namespace {

std::string below(const Pinned& store, std::string_view name) {
  return path::join(store.directory(), name);
}

// Nothing is published while this lives.
class Alone {
 public:
  explicit Alone(const Pinned& store) : trees_(open_directory(below(store, "trees"))) {
    while (::flock(trees_.get(), LOCK_EX) < 0) {
      if (errno != EINTR) throw host::cannot("lock", below(store, "trees"), errno);
    }
  }
  int trees() const { return trees_.get(); }

 private:
  Fd trees_;
};

// A name in staging that nobody has.
std::string new_name() {
  struct timespec now {};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return fmt::format("removed.{}.{:x}{:08x}", ::getpid(), now.tv_sec, now.tv_nsec);
}

bool is_missing(int result) { return result < 0 && errno == ENOENT; }

void unlink_source(const Pinned& store, const std::string& key) {
  for (const std::string& name : {"sources/" + key, "about/" + key + ".json"}) {
    const std::string file = below(store, name);
    if (::unlink(file.c_str()) < 0 && errno != ENOENT) throw host::cannot("remove", file, errno);
  }
}

std::vector<std::string> keys_of(const Pinned& store, const std::string& tree) {
  std::vector<std::string> keys;
  for (const std::string& key : names_in(below(store, "sources"))) {
    if (link_text(below(store, "sources/" + key)) == tree) keys.push_back(key);
  }
  return keys;
}

// Moves `name` in `directory` to staging, which is opened, under the name that is returned.
std::string move_to_staging(const Pinned& store, int directory, const std::string& name,
                            Fd& staging) {
  const std::string all = below(store, "staging");
  if (::mkdir(all.c_str(), 0700) < 0 && errno != EEXIST) throw host::cannot("make", all, errno);
  staging = open_directory(all);
  std::string moved = new_name();
  if (::renameat(directory, name.c_str(), staging.get(), moved.c_str()) < 0) {
    const int err = errno;
    throw Error(fmt::format("cannot remove {}/trees/{}: not even moving it to {} can be done: {}",
                            store.directory(), name, all, host::errno_text(err)),
                std::string(host::errno_hint(err)));
  }
  return moved;
}

// What a repair put aside, and a box may have used.
void sweep_replaced(const Pinned& store, const std::string& tree) {
  const Fd directory(::open(below(store, "trees/" + tree).c_str(),
                            O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory) return;
  for (const std::string& name : names_in(below(store, "trees/" + tree))) {
    if (!name.starts_with(kReplaced)) continue;
    if (::flock(directory.get(), LOCK_EX | LOCK_NB) < 0) return;
    ::flock(directory.get(), LOCK_UN);  // who comes later has the root
    store.remove(directory.get(), below(store, "trees/" + tree), name);
  }
}

void sweep_sources(const Pinned& store) {
  for (const std::string& key : names_in(below(store, "sources"))) {
    const auto tree = link_text(below(store, "sources/" + key));
    struct stat st {};
    if (tree && is_digest(*tree) &&
        is_missing(::lstat(below(store, "trees/" + *tree).c_str(), &st)))
      unlink_source(store, key);
  }
  for (const std::string& name : names_in(below(store, "about"))) {
    if (!name.ends_with(".json")) continue;
    const std::string key = name.substr(0, name.size() - 5);
    struct stat st {};
    if (is_missing(::lstat(below(store, "sources/" + key).c_str(), &st))) unlink_source(store, key);
  }
}

// Who takes one just now has it from another of its names, or sees that it is gone.
std::uint64_t sweep_pool(const Pinned& store) {
  std::uint64_t files = 0;
  walk(below(store, "files"), [&](const Visited& visited) {
    if (S_ISDIR(visited.status.st_mode) || visited.status.st_nlink > 1) return;
    if (::unlinkat(visited.directory, visited.name, 0) == 0) {
      ++files;
    } else if (errno != ENOENT) {
      throw host::cannot("remove from the store", visited.name, errno);
    }
  });
  return files;
}

}  // namespace

Removed remove_tree(const Pinned& store, const std::string& tree, std::int64_t last_use) {
  Fd staging;
  std::string moved;
  {
    const Alone alone(store);
    const Fd lock(
        ::openat(alone.trees(), tree.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!lock && errno == ENOENT) return Removed::not_there;
    struct stat st {};
    if (!lock || ::fstat(lock.get(), &st) < 0)
      throw host::cannot("open", below(store, "trees/" + tree), errno);
    if (::flock(lock.get(), LOCK_EX | LOCK_NB) < 0) {
      if (errno == EWOULDBLOCK) return Removed::in_use;
      throw host::cannot("lock", below(store, "trees/" + tree), errno);
    }
    if (st.st_mtim.tv_sec > last_use) return Removed::in_use;
    const std::vector<std::string> keys = keys_of(store, tree);
    moved = move_to_staging(store, alone.trees(), tree, staging);
    for (const std::string& key : keys) unlink_source(store, key);
  }
  store.remove(staging.get(), below(store, "staging"), moved);
  return Removed::yes;
}

void remove_source(const Pinned& store, const std::string& key) {
  const Alone alone(store);
  unlink_source(store, key);
}

Swept sweep(const Pinned& store) {
  store.clean_staging();
  for (const std::string& tree : names_in(below(store, "trees"))) sweep_replaced(store, tree);
  if (!names_in(below(store, "sources")).empty() || !names_in(below(store, "about")).empty()) {
    const Alone alone(store);
    sweep_sources(store);
  }
  return {.files = sweep_pool(store)};
}

}  // namespace devbox::store
