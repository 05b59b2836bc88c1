#include "build/snapshot.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "build/copy.hpp"
#include "host/cannot.hpp"
#include "host/files.hpp"
#include "host/new_file.hpp"
#include "kernel/file.hpp"
#include "store/remove_tree.hpp"
#include "util/error.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::build {
namespace {

constexpr const char* kTree = "tree";
constexpr const char* kIndex = "index";
constexpr int kDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
constexpr std::size_t kMostIndexBytes = std::size_t{512} * 1024 * 1024;
// What was changed so shortly before it was copied may have changed again within the same tick.
constexpr std::int64_t kRacy = 2'000'000'000;

std::int64_t nanoseconds(const struct timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

// What a file of the project was when it was copied.
struct Seen {
  std::int64_t size = 0, changed = 0, modified = 0;
  std::int64_t inode = 0, mode = 0;
  bool operator==(const Seen&) const = default;
};

using Index = std::map<std::string, Seen, std::less<>>;

Seen seen(const struct stat& st) {
  return {st.st_size, nanoseconds(st.st_ctim), nanoseconds(st.st_mtim),
          static_cast<std::int64_t>(st.st_ino), static_cast<std::int64_t>(st.st_mode)};
}

// "SIZE CHANGED MODIFIED INODE MODE PATH", each ended by a NUL; first the epoch alone.
std::string text_of(const Index& index, std::int64_t epoch) {
  std::string text = std::to_string(epoch) + '\0';
  for (const auto& [path, was] : index) {
    text += fmt::format("{} {} {} {} {} {}", was.size, was.changed, was.modified, was.inode,
                        was.mode, path);
    text += '\0';
  }
  return text;
}

std::optional<std::int64_t> take_number(std::string_view& text) {
  std::int64_t value = 0;
  const auto [end, err] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (err != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (text.starts_with(' ')) text.remove_prefix(1);
  return value;
}

struct Before {
  Index index;
  std::int64_t epoch = 0;
};

std::optional<Before> parse(const std::string& text) {
  Before before;
  bool first = true;
  for (const std::string& line : split(text, '\0')) {
    if (line.empty()) continue;
    std::string_view rest = line;
    std::array<std::int64_t, 5> numbers{};
    const std::size_t wanted = first ? 1 : numbers.size();
    for (std::size_t i = 0; i < wanted; ++i) {
      const auto number = take_number(rest);
      if (!number) return std::nullopt;
      numbers[i] = *number;
    }
    if (first) {
      before.epoch = numbers[0];
    } else {
      before.index.emplace(rest, Seen{numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]});
    }
    first = false;
  }
  return first ? std::nullopt : std::optional(std::move(before));
}

class Update {
 public:
  Update(int directory, std::string shown, const std::string& project, std::int64_t epoch)
      : directory_(directory),
        shown_(std::move(shown)),
        shown_project_(project),
        epoch_(epoch),
        project_(::open(project.c_str(), kDirectory)) {
    if (!project_) throw host::cannot("open", project, errno);
    struct timespec now {};
    ::clock_gettime(CLOCK_REALTIME, &now);
    now_ = nanoseconds(now);
  }

  // Whether what lies there is already what it should be; what changed is found out.
  bool is_current(const std::vector<std::string>& files) {
    read_index();
    for (const std::string& file : files) look(file);
    for (const auto& [path, was] : before_.index) {
      if (!index_.contains(path)) gone_.push_back(path);
    }
    return known_ && changed_.empty() && gone_.empty() && before_.epoch == epoch_;
  }

  void carry_out() {
    if (::unlinkat(directory_, kIndex, 0) < 0 && errno != ENOENT)
      throw host::cannot("remove", path::join(shown_, kIndex), errno);
    if (!known_) store::remove_tree(directory_, kTree);
    if (::mkdirat(directory_, kTree, 0755) < 0 && errno != EEXIST)
      throw host::cannot("make", path::join(shown_, kTree), errno);
    tree_.reset(::openat(directory_, kTree, kDirectory));
    if (!tree_) throw host::cannot("open", path::join(shown_, kTree), errno);
    for (const std::string& path : gone_) remove(path);
    for (const std::string& path : changed_) copy(path);
    set_times();
    host::NewFile file(directory_, shown_, 0600);
    file.write(text_of(index_, epoch_));
    file.rename(kIndex);
  }

 private:
  void read_index() {
    const Fd file(::openat(directory_, kIndex, host::kCautiousRead | O_NOFOLLOW));
    if (!file) return;
    const host::Contents contents = host::contents(file.get(), kMostIndexBytes);
    std::optional<Before> before = contents.ok() ? parse(contents.bytes) : std::nullopt;
    known_ = before.has_value();
    if (before) before_ = std::move(*before);
  }

  void look(const std::string& path) {
    const kernel::Sys<int> opened = kernel::open_below(project_.get(), path.c_str());
    const Fd file(opened.value);
    struct stat st {};
    if (!opened || ::fstat(file.get(), &st) < 0) {
      const int err = opened ? errno : opened.err;
      if (err == ENOENT) return;  // gone since it was listed
      throw host::cannot("read", path::join(shown_project_, path), err);
    }
    if (S_ISDIR(st.st_mode)) return;  // a repository in this one, which is not a submodule
    if (!S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode)) {
      throw Error(
          fmt::format("{} is {}, which no build can be shown",
                      printable(path::join(shown_project_, path)), host::kind_text(st.st_mode)),
          "remove it, or leave it out of `inputs`");
    }
    Seen now = seen(st);
    const auto was = before_.index.find(path);
    if (was == before_.index.end() || was->second != now) changed_.push_back(path);
    if (now_ - now.changed < kRacy) now.inode = -1;
    index_.emplace(path, now);
  }

  void remove(const std::string& path) {
    const std::string parent = path::parent(path);
    const kernel::Sys<int> opened =
        kernel::open_below(tree_.get(), parent == "." ? "" : parent.c_str());
    if (!opened) return;
    const Fd directory(opened.value);
    store::remove_tree(directory.get(), path::filename(path));
    for (std::string at = parent; at != "."; at = path::parent(at)) {
      if (::unlinkat(tree_.get(), at.c_str(), AT_REMOVEDIR) < 0) return;
    }
  }

  void copy(const std::string& path) {
    const std::string shown = path::join(shown_project_, path);
    const std::string parent = path::parent(path) == "." ? "" : path::parent(path);
    const std::string name = path::filename(path);
    clear_way(parent);
    const Fd to = make_below(tree_.get(), parent, path::join(shown_, kTree));
    store::remove_tree(to.get(), name);
    const kernel::Sys<int> from = kernel::open_below(project_.get(), parent.c_str());
    if (!from) throw host::cannot("read", shown, from.err);
    const Fd source(from.value);
    copy_tree(source.get(), name, to.get(), name, shown);
    const bool executable = (index_.at(path).mode & S_IXUSR) != 0;
    if (S_ISREG(static_cast<mode_t>(index_.at(path).mode)) &&
        ::fchmodat(to.get(), name.c_str(), executable ? 0755 : 0644, 0) < 0)
      throw host::cannot("write", shown, errno);
    stamp(to.get(), name, shown);
  }

  // Where a file or link was that is a directory now.
  void clear_way(const std::string& parent) {
    std::string at;
    for (const std::string& name : split(parent, '/')) {
      at = path::join(at, name);
      struct stat st {};
      const bool is_in_the_way =
          !at.empty() && ::fstatat(tree_.get(), at.c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0 &&
          !S_ISDIR(st.st_mode);
      if (is_in_the_way && ::unlinkat(tree_.get(), at.c_str(), 0) < 0)
        throw host::cannot("remove", path::join(shown_, at), errno);
    }
  }

  void stamp(int directory, const std::string& name, const std::string& shown) const {
    const std::array<struct timespec, 2> times = {timespec{epoch_, 0}, timespec{epoch_, 0}};
    if (::utimensat(directory, name.c_str(), times.data(), AT_SYMLINK_NOFOLLOW) < 0)
      throw host::cannot("set the time of", shown, errno);
  }

  // Of everything where the time itself is another, else of the directories that something was
  // changed in.
  void set_times() {
    std::set<std::string> directories = {"."};
    const auto add_above = [&](const std::string& path) {
      for (std::string at = path::parent(path); at != "."; at = path::parent(at))
        directories.insert(at);
    };
    if (!known_ || before_.epoch != epoch_) {
      for (const auto& [path, now] : index_) {
        stamp(tree_.get(), path, path::join(shown_, path));
        add_above(path);
      }
    }
    for (const std::string& path : changed_) add_above(path);
    for (const std::string& path : gone_) add_above(path);
    struct stat st {};
    for (const std::string& path : directories) {
      if (::fstatat(tree_.get(), path.c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0)
        stamp(tree_.get(), path, path::join(shown_, path));
    }
  }

  int directory_;
  std::string shown_;
  std::string shown_project_;
  std::int64_t epoch_;
  std::int64_t now_ = 0;
  Fd project_;
  Fd tree_;
  bool known_ = false;  // what lies there
  Before before_;
  Index index_;
  std::vector<std::string> changed_, gone_;
};

}  // namespace

Snapshot::Snapshot(const std::string& directory, const std::string& project,
                   const std::vector<std::string>& files, std::int64_t epoch,
                   const std::function<void()>& waiting)
    : tree_(path::join(directory, kTree)) {
  host::make_directories(directory);
  const Fd here(::open(directory.c_str(), kDirectory));
  if (!here) throw host::cannot("open", directory, errno);
  const std::string lock = path::join(directory, "lock");
  lock_.reset(::open(lock.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!lock_ || ::flock(lock_.get(), LOCK_SH) < 0) throw host::cannot("lock", lock, errno);
  if (Update(here.get(), directory, project, epoch).is_current(files)) return;
  if (::flock(lock_.get(), LOCK_EX | LOCK_NB) < 0) {
    if (errno != EWOULDBLOCK) throw host::cannot("lock", lock, errno);
    waiting();
    while (::flock(lock_.get(), LOCK_EX) < 0) {
      if (errno != EINTR) throw host::cannot("lock", lock, errno);
    }
  }
  Update update(here.get(), directory, project, epoch);
  if (!update.is_current(files)) update.carry_out();
  // Not atomic: another may change it in between, to what the project is then (flock(2), NOTES).
  if (::flock(lock_.get(), LOCK_SH) < 0) throw host::cannot("lock", lock, errno);
}

}  // namespace devbox::build
