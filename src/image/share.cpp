#include "image/share.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "host/cannot.hpp"
#include "image/content.hpp"
#include "image/parents.hpp"
#include "image/xattr.hpp"
#include "util/error.hpp"
#include "util/fd.hpp"

namespace devbox::image {
namespace {

mode_t mode_here(const Entry& entry) { return mode_on_disk({}, entry, Belongs::to_user); }

enum class InPool : unsigned char { missing, whole, damaged, given };  // given: the tree's own

// The names of one file in the tree, and its name in the pool.
struct Group {
  const Entry* entry = nullptr;
  std::vector<const std::string*> paths;
  std::string name;
  InPool found = InPool::missing;
  ino_t inode = 0;  // in the pool
};

// What a file system without links, or with no room for more, says, and a pool that somebody broke.
bool is_excusable(int err) {
  for (const int excusable : {EMLINK, ENOSPC, EDQUOT, EPERM, EOPNOTSUPP, ENOSYS, EXDEV, ENOTDIR}) {
    if (err == excusable) return true;
  }
  return false;
}

// The pool's directories, opened once each, by whatever thread comes first.
class Pool {
 public:
  explicit Pool(int directory) : directory_(directory) {}

  // Borrowed; -1 with errno where it cannot be made.
  int of(const std::string& name) { return open(name, ENOENT); }

  // Borrowed; -1 where there is none.
  int find(const std::string& name) { return open(name, 0); }

 private:
  // Makes it where the errno of opening it is `excuse`.
  int open(const std::string& name, int excuse) {
    constexpr int kFlags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    const std::string part = name.substr(0, 2);
    const std::lock_guard lock(mutex_);
    Fd& fd = fds_.at(std::stoul(part, nullptr, 16));
    if (fd) return fd.get();
    fd.reset(::openat(directory_, part.c_str(), kFlags));
    if (fd || errno != excuse) return fd.get();
    if (::mkdirat(directory_, part.c_str(), 0700) < 0 && errno != EEXIST) return -1;
    fd.reset(::openat(directory_, part.c_str(), kFlags));
    return fd.get();
  }

  int directory_;
  std::mutex mutex_;
  std::array<Fd, 256> fds_;
};

// 0 where there is none.
ino_t inode_of(int directory, const std::string& name) {
  struct stat st {};
  const bool there =
      directory >= 0 && ::fstatat(directory, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0;
  return there ? st.st_ino : 0;
}

ino_t inode_in_tree(const Group& group, Parents& parents) {
  try {
    return inode_of(parents.of(*group.paths[0]), name_of(*group.paths[0]));
  } catch (const Error&) {
    return 0;  // its directory is not there
  }
}

std::string copy_name(const std::string& name, std::size_t copy) {
  return copy == 0 ? name : fmt::format("{}-{}", name, copy);
}

// Several files of a tree are the same, and the pool may have fewer of them than the tree. One that
// is in the pool keeps its number there; those that the tree lacks have the lowest of the others,
// as they can be had from the pool alone.
void number_copies(std::vector<Group>& groups, const std::vector<std::size_t>& same, Pool& pool,
                   Parents& parents) {
  const std::string name = groups[same[0]].name;
  std::vector<std::size_t> missing;
  std::vector<std::size_t> there;
  std::vector<bool> used(same.size());
  for (const std::size_t i : same) {
    const ino_t inode = inode_in_tree(groups[i], parents);
    std::size_t copy = 0;
    while (inode != 0 && copy < same.size() &&
           (used[copy] || inode_of(pool.find(name), copy_name(name, copy)) != inode))
      ++copy;
    if (inode != 0 && copy < same.size()) {
      used[copy] = true;
      groups[i].name = copy_name(name, copy);
    } else {
      (inode == 0 ? missing : there).push_back(i);
    }
  }
  missing.insert(missing.end(), there.begin(), there.end());
  std::size_t copy = 0;
  for (const std::size_t i : missing) {
    while (used[copy]) ++copy;
    used[copy] = true;
    groups[i].name = copy_name(name, copy);
  }
}

std::string name_in_pool(const Entry& entry) {
  std::string name = fmt::format("{}-{:o}-{}", entry.text, mode_here(entry), entry.mtime);
  if (const Xattrs xattrs = xattrs_on_disk(entry); !xattrs.empty())
    name += "-x" + digest_of(xattrs);
  return name;
}

// Those that are worth it.
std::vector<Group> groups_of(const Entries& entries, Pool& pool, Parents& parents) {
  std::vector<Group> groups;
  std::unordered_map<std::uint64_t, std::size_t> by_inode;
  std::unordered_map<std::string, std::vector<std::size_t>> by_name;
  for (const auto& [path, entry] : entries) {
    if (entry.kind != EntryKind::file || entry.size == 0 || (entry.mode & S_IRUSR) == 0) continue;
    const auto [at, is_new] = by_inode.emplace(entry.inode, groups.size());
    if (is_new) {
      std::string name = name_in_pool(entry);
      by_name[name].push_back(groups.size());
      groups.push_back({.entry = &entry, .paths = {}, .name = std::move(name)});
    }
    groups[at->second].paths.push_back(&path);
  }
  for (const auto& [name, same] : by_name) {
    if (same.size() > 1) number_copies(groups, same, pool, parents);
  }
  return groups;
}

// But for its bytes and its extended attributes.
bool is_said_to_be(const struct stat& st, const Entry& entry) {
  return S_ISREG(st.st_mode) && (st.st_mode & 07777U) == mode_here(entry) &&
         static_cast<std::uint64_t>(st.st_size) == entry.size && st.st_mtim.tv_sec == entry.mtime &&
         st.st_mtim.tv_nsec == 0;
}

// Where it cannot be read it is as bad as damaged.
void look_in(Pool& pool, Group& group, Sha256& hash) {
  const int directory = pool.find(group.name);
  struct stat st {};
  if (directory < 0 || ::fstatat(directory, group.name.c_str(), &st, AT_SYMLINK_NOFOLLOW) < 0)
    return;
  group.inode = st.st_ino;
  group.found = InPool::damaged;
  if (!is_said_to_be(st, *group.entry)) return;
  const kernel::Sys<Content> content = content_of(directory, group.name.c_str(), hash);
  if (content && content.value.digest == group.entry->text &&
      has_xattrs_of(content.value.xattrs, *group.entry))
    group.found = InPool::whole;
}

// The tree's file gets its name in the pool, which nothing has. Returns an errno.
int give(Pool& pool, const Group& group, Parents& parents) {
  const std::string& path = *group.paths[0];
  const int directory = pool.of(group.name);
  if (directory < 0) return errno;
  const int from = parents.of(path);
  return ::linkat(from, name_of(path).c_str(), directory, group.name.c_str(), 0) == 0 ? 0 : errno;
}

// Before the look into the pool, which tells less. Whatever is not as usual is found again, and
// dealt with, one after the other.
void give_if_usual(Pool& pool, Group& group, Parents& parents) {
  try {
    for (const std::string* path : group.paths) {
      struct stat st {};
      if (::fstatat(parents.of(*path), name_of(*path).c_str(), &st, AT_SYMLINK_NOFOLLOW) < 0 ||
          !S_ISREG(st.st_mode))
        return;
    }
    if (give(pool, group, parents) == 0) group.found = InPool::given;
  } catch (const Error&) {
    return;  // a directory that is not there
  }
}

class Sharer {
 public:
  Sharer(const Sharing& where, const Entries& entries)
      : where_(where), entries_(entries), parents_(where.root), pool_(where.pool) {}

  Shared run() {
    std::vector<Group> groups = groups_of(entries_, pool_, parents_);
    in_parallel(groups.size(), std::function<Work()>([&]() -> Work {
                  const auto hash = std::make_shared<Sha256>();
                  const auto parents = std::make_shared<Parents>(where_.root);
                  return [this, &groups, hash, parents](std::size_t i) {
                    give_if_usual(pool_, groups[i], *parents);
                    if (groups[i].found == InPool::missing) look_in(pool_, groups[i], *hash);
                  };
                }));
    try {
      for (Group& group : groups) share(group);
    } catch (...) {
      close_up();
      throw;
    }
    close_up();
    return shared_;
  }

 private:
  void share(Group& group) {
    if (group.found == InPool::given) return;
    const bool ours = is_in_tree(group);
    if (group.found == InPool::damaged) {
      ++shared_.damaged;
      // The tree's own is the same file: nobody has a better one.
      if (ours) return remove(group);
    }
    if (ours) return;
    int err = group.found == InPool::missing ? give(pool_, group, parents_) : EEXIST;
    if (err == EEXIST) {
      if (group.found == InPool::missing) look_in(pool_, group, hash_);  // another was first
      err = group.found == InPool::whole ? take(group) : ENOENT;
      // Damaged, removed meanwhile, or with as many links as it can have.
      if (err == ENOENT || err == EMLINK) err = replace(group);
    }
    if (err == 0) return;
    if (!is_excusable(err)) throw host::cannot("share", *group.paths[0], err);
    ++shared_.alone;
    shared_.err = err;
  }

  // Whether a name in the tree is the pool's inode, or all of them where that is whole.
  bool is_in_tree(const Group& group) {
    bool all = true;
    bool one = false;
    for (const std::string* path : group.paths) {
      struct stat st {};
      if (::fstatat(parents_.of(*path), name_of(*path).c_str(), &st, AT_SYMLINK_NOFOLLOW) < 0 ||
          !S_ISREG(st.st_mode)) {
        if (group.found == InPool::whole) return false;  // it is put there
        throw host::cannot("find the file", *path, errno);
      }
      const bool same = group.found != InPool::missing && st.st_ino == group.inode;
      all = all && same;
      one = one || same;
    }
    return group.found == InPool::damaged ? one : all;
  }

  void remove(const Group& group) {
    if (::unlinkat(pool_.find(group.name), group.name.c_str(), 0) < 0 && errno != ENOENT)
      throw host::cannot("remove from the pool", group.name, errno);
  }

  // All names of the tree's file become names of the pool's, or none. Returns an errno.
  int take(const Group& group) {
    const int pool = pool_.of(group.name);
    for (std::size_t i = 0; i < group.paths.size(); ++i) {
      if (::linkat(pool, group.name.c_str(), where_.scratch, temporary(i).c_str(), 0) == 0)
        continue;
      const int err = errno;
      while (i > 0) ::unlinkat(where_.scratch, temporary(--i).c_str(), 0);
      return err;
    }
    for (std::size_t i = 0; i < group.paths.size(); ++i) {
      const std::string& path = *group.paths[i];
      open_up(path);
      if (::renameat(where_.scratch, temporary(i).c_str(), parents_.of(path),
                     name_of(path).c_str()) < 0)
        throw host::cannot("share", path, errno);
      // Two names of one inode stay both (rename(2)).
      if (group.paths.size() > 1) ::unlinkat(where_.scratch, temporary(i).c_str(), 0);
    }
    ++shared_.taken;
    shared_.taken_bytes += group.entry->size;
    return 0;
  }

  // As give, whatever has the name.
  int replace(const Group& group) {
    const std::string& path = *group.paths[0];
    const std::string aside = temporary(0);
    const int pool = pool_.of(group.name);
    if (pool < 0) return errno;
    if (::linkat(parents_.of(path), name_of(path).c_str(), where_.scratch, aside.c_str(), 0) < 0)
      return errno;
    if (::renameat(where_.scratch, aside.c_str(), pool, group.name.c_str()) == 0) return 0;
    const int err = errno;
    ::unlinkat(where_.scratch, aside.c_str(), 0);
    return err;
  }

  static std::string temporary(std::size_t i) { return fmt::format("share.{}", i); }

  // The directory of `path` can be written to until close_up().
  void open_up(const std::string& path) {
    const auto [directory, is_new] = opened_.insert(parent_of(path));
    if (is_new) change(*directory, mode_here(entries_.at(*directory)) | 0200U);
  }

  void close_up() {
    for (const std::string& directory : opened_) {
      const Entry& entry = entries_.at(directory);
      change(directory, mode_here(entry));
      const struct timespec times[] = {{entry.mtime, 0}, {entry.mtime, 0}};
      const auto [parent, name] = place_of(directory);
      if (::utimensat(parent, name.c_str(), times, AT_SYMLINK_NOFOLLOW) < 0)
        throw host::cannot("set the time of", directory, errno);
    }
    opened_.clear();
  }

  void change(const std::string& directory, mode_t mode) {
    const auto [parent, name] = place_of(directory);
    if (::fchmodat(parent, name.c_str(), mode, 0) < 0)
      throw host::cannot("set the mode of", directory, errno);
  }

  std::pair<int, std::string> place_of(const std::string& directory) {
    if (directory.empty()) return {where_.root, "."};
    return {parents_.of(directory), name_of(directory)};
  }

  const Sharing& where_;
  const Entries& entries_;
  Parents parents_;
  Pool pool_;
  Sha256 hash_;
  std::set<std::string> opened_;
  Shared shared_;
};

}  // namespace

Shared share(const Sharing& where, const Entries& entries) { return Sharer(where, entries).run(); }

}  // namespace devbox::image
