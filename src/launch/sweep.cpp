// What boxes that are gone have left in the directory of what is thrown away.
#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <utility>
#include <vector>

#include "host/cannot.hpp"
#include "host/id_maps.hpp"
#include "host/probe.hpp"
#include "launch/uppers.hpp"
#include "store/remove_tree.hpp"

namespace devbox::launch {
namespace {

struct Abandoned {
  std::string name;
  Fd lock;  // taken: nobody else removes it
};

bool is_there(int directory, const std::string& name) {
  struct stat st {};
  return ::fstatat(directory, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0;
}

std::vector<std::string> names_in(int directory) {
  std::vector<std::string> names;
  const int again = ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(again < 0 ? nullptr : ::fdopendir(again),
                                                   &::closedir);
  while (const dirent* found = stream ? ::readdir(stream.get()) : nullptr) {
    const std::string name = found->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  return names;
}

// A directory that a removal was killed at may be closed to us; then nobody holds its lock either.
std::vector<Abandoned> abandoned(int directory) {
  std::vector<Abandoned> list;
  for (std::string& name : names_in(directory)) {
    Fd lock(::openat(directory, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    const bool closed = !lock && errno == EACCES;
    if (closed || (lock && ::flock(lock.get(), LOCK_EX | LOCK_NB) == 0))
      list.push_back({std::move(name), std::move(lock)});
  }
  return list;
}

}  // namespace

bool has_rubbish(const std::string& scratch) {
  const Fd directory(::open(scratch.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory || ::flock(directory.get(), LOCK_EX) < 0) return false;
  return !abandoned(directory.get()).empty();
}

void sweep_scratch(const std::string& scratch, const host::Host& host) {
  const Fd directory(::open(scratch.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory && errno == ENOENT) return;
  if (!directory) throw host::cannot("open", scratch, errno);
  if (::flock(directory.get(), LOCK_EX) < 0) throw host::cannot("lock", scratch, errno);
  std::vector<Abandoned> list = abandoned(directory.get());
  ::flock(directory.get(), LOCK_UN);
  for (const Abandoned& one : list) store::remove_tree(directory.get(), one.name);
  // What remains of them may have got other names on the way (store/remove_tree.hpp).
  if (::flock(directory.get(), LOCK_EX) < 0) throw host::cannot("lock", scratch, errno);
  std::vector<Abandoned> left = abandoned(directory.get());
  std::erase_if(list, [&](const Abandoned& one) { return !is_there(directory.get(), one.name); });
  std::move(list.begin(), list.end(), std::back_inserter(left));
  ::flock(directory.get(), LOCK_UN);
  if (left.empty()) return;
  const host::SubordinateIds ranges = host::subordinate_ids(host);
  const bool has_both = !ranges.uids.empty() && !ranges.gids.empty();
  std::vector<std::string> names;
  names.reserve(left.size());
  for (const Abandoned& one : left) names.push_back(one.name);
  store::remove_with_ids(directory.get(), scratch, names,
                         has_both ? host::with_user_as_root(host, ranges) : host::IdMaps{},
                         host.user);
}

}  // namespace devbox::launch
