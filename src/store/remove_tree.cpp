#include "store/remove_tree.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <exception>
#include <vector>

#include "host/mapped.hpp"
#include "util/error.hpp"
#include "util/fd.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::store {
namespace {

class Remover {
 public:
  Remover(int directory, const std::string& name) : directory_(directory), name_(name) {}

  void run() {
    if (::unlinkat(directory_, name_.c_str(), 0) == 0) return;
    todo_.push_back(name_);
    while (!todo_.empty()) {
      const std::string next = std::move(todo_.back());
      todo_.pop_back();
      empty(next);
      ::unlinkat(directory_, next.c_str(), AT_REMOVEDIR);
    }
  }

 private:
  // Unlinks what is in it and moves its directories up.
  void empty(const std::string& name) {
    make_writable(directory_, name.c_str());
    Fd fd(::openat(directory_, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!fd) return;
    const int at = fd.get();
    DIR* stream = ::fdopendir(at);
    if (stream == nullptr) return;
    static_cast<void>(fd.release());  // the stream's now
    while (const dirent* found = ::readdir(stream)) {
      const std::string_view entry = found->d_name;
      if (entry != "." && entry != ".." && ::unlinkat(at, found->d_name, 0) != 0)
        move_up(at, found->d_name);
    }
    ::closedir(stream);
  }

  void move_up(int from, const char* entry) {
    make_writable(from, entry);  // a directory's own ".." changes
    while (true) {
      std::string moved = fmt::format("{}.{}", name_, ++moved_);
      if (::renameat(from, entry, directory_, moved.c_str()) == 0)
        return todo_.push_back(std::move(moved));
      // A name that a removal has left which was killed.
      if (errno != EEXIST && errno != ENOTEMPTY && errno != ENOTDIR) return;
    }
  }

  static void make_writable(int directory, const char* name) {
    struct stat st {};
    if (::fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISDIR(st.st_mode)) return;
    [[maybe_unused]] const int done = ::fchmodat(directory, name, 0700, 0);  // or it is left
  }

  int directory_;
  const std::string& name_;
  std::vector<std::string> todo_;
  unsigned moved_ = 0;
};

}  // namespace

void remove_tree(int directory, const std::string& name) noexcept {
  try {
    Remover(directory, name).run();
  } catch (const std::exception&) {
    // Out of memory: the next import finds what is left.
  }
}

void remove_with_ids(int directory, const std::string& shown, const std::vector<std::string>& names,
                     const host::IdMaps& ids, const std::string& user) {
  if (!ids.uids.empty()) {
    host::run_mapped(ids, user, "to remove files of other ids in", [&] {
      for (const std::string& name : names) remove_tree(directory, name);
      return std::string();
    });
  }
  for (const std::string& name : names) {
    struct stat st {};
    if (::fstatat(directory, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0) continue;
    const std::string path = path::join(shown, name);
    throw Error(fmt::format("cannot remove {}: it holds files of ids that you may not map",
                            printable(path)),
                fmt::format("remove it as root: `sudo rm -rf {}`", shell_quoted(path)));
  }
}

}  // namespace devbox::store
