#include "store/walk.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string_view>
#include <vector>

#include "host/cannot.hpp"
#include "kernel/file.hpp"
#include "util/fd.hpp"
#include "util/path.hpp"

namespace devbox::store {
namespace {

bool is_gone(int err) { return err == ENOENT || err == ENOTDIR || err == ELOOP; }

// One directory: visits what is in it, and returns the directories of that.
std::vector<std::string> visit_all(Fd fd, const std::string& shown,
                                   const std::function<void(const Visited&)>& visit) {
  std::vector<std::string> directories;
  const int at = fd.get();
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(at), &::closedir);
  if (!stream) throw host::cannot("list", shown, errno);
  static_cast<void>(fd.release());  // the stream's now
  while (const dirent* found = ::readdir(stream.get())) {
    const std::string_view name = found->d_name;
    if (name == "." || name == "..") continue;
    struct stat st {};
    if (::fstatat(at, found->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
      if (is_gone(errno)) continue;
      throw host::cannot("look at", path::join(shown, name), errno);
    }
    visit({at, found->d_name, st});
    if (S_ISDIR(st.st_mode)) directories.emplace_back(name);
  }
  return directories;
}

}  // namespace

void walk(const std::string& directory, const std::function<void(const Visited&)>& visit) {
  const Fd root(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!root && errno == ENOENT) return;
  struct stat st {};
  if (!root || ::fstat(root.get(), &st) < 0) throw host::cannot("open", directory, errno);
  visit({root.get(), ".", st});
  std::vector<std::string> todo = {""};
  while (!todo.empty()) {
    const std::string next = std::move(todo.back());
    todo.pop_back();
    const std::string shown = path::join(directory, next);
    const kernel::Sys<int> place = kernel::open_below(root.get(), next.c_str());
    const Fd held(place.value);
    Fd fd(place ? ::openat(held.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1);
    const int err = place ? errno : place.err;
    if (!fd && is_gone(err)) continue;
    if (!fd) throw host::cannot("open", shown, err);
    for (const std::string& name : visit_all(std::move(fd), shown, visit))
      todo.push_back(path::join(next, name));
  }
}

}  // namespace devbox::store
