#include "store/tree.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstdlib>
#include <memory>

#include "host/cannot.hpp"
#include "host/files.hpp"
#include "util/path.hpp"
#include "util/text.hpp"

namespace devbox::store {
namespace {

NodeKind kind_of(mode_t mode) {
  if (S_ISDIR(mode)) return NodeKind::directory;
  if (S_ISREG(mode)) return NodeKind::file;
  if (S_ISLNK(mode)) return NodeKind::symlink;
  return NodeKind::other;
}

// A link's text; `name` may be empty, for `fd` itself (readlinkat(2)). No text can fill the buffer:
// the kernel's limit for it, PATH_MAX, includes the final NUL.
int read_link(int fd, const char* name, std::string& text) {
  char buffer[PATH_MAX];
  const ssize_t length = ::readlinkat(fd, name, buffer, sizeof buffer);
  if (length < 0) return errno;
  text.assign(buffer, static_cast<std::size_t>(length));
  return 0;
}

// One path's way through the tree.
class Walker {
 public:
  Walker(int root, LastLink last) noexcept : root_(root), last_(last) {}

  Walk run(std::string_view path) {
    push(path);
    int err = path.find('\0') == std::string_view::npos ? 0 : ENOENT;
    while (err == 0 && !todo_.empty()) {
      const std::string name = std::move(todo_.back());
      todo_.pop_back();
      err = step(name);
    }
    return result(err);
  }

 private:
  static constexpr int kMaxLinks = 40;           // path_resolution(7)
  static constexpr std::size_t kMaxDepth = 255;  // each level holds a descriptor

  // A component that has been taken. Without a mode it is not there; what is asked for below it, or
  // below something that is no directory, is not there either, but ".." still leads back.
  struct Level {
    std::string name;
    Fd fd;
    mode_t mode = 0;
    std::string link;

    bool is_directory() const { return S_ISDIR(mode); }
  };

  // Puts the components of `text` in front of what is still to be taken.
  void push(std::string_view text) {
    std::vector<std::string> parts = split(text, '/');
    std::reverse(parts.begin(), parts.end());
    for (std::string& part : parts) {
      if (!part.empty() && part != ".") todo_.push_back(std::move(part));
    }
  }

  int top() const { return levels_.empty() ? root_ : levels_.back().fd.get(); }

  int step(const std::string& name) {
    if (name == "..") {
      if (!levels_.empty()) levels_.pop_back();
      return 0;
    }
    if (levels_.size() >= kMaxDepth) return ENAMETOOLONG;
    if (!levels_.empty() && !levels_.back().is_directory()) {
      levels_.push_back({name, Fd(), 0, {}});
      return 0;
    }
    if (todo_.empty()) return step_last(name);
    // Most components are directories: one call. O_NOFOLLOW with O_DIRECTORY refuses a link.
    Fd fd(::openat(top(), name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (fd) {
      levels_.push_back({name, std::move(fd), S_IFDIR, {}});
      return 0;
    }
    return errno == ENOTDIR || errno == ELOOP ? step_other(name) : step_missing(name, errno);
  }

  int step_missing(const std::string& name, int err) {
    if (err != ENOENT) return err;
    levels_.push_back({name, Fd(), 0, {}});
    return 0;
  }

  int step_other(const std::string& name) {
    Fd fd(::openat(top(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    if (!fd) return step_missing(name, errno);
    struct stat st {};
    if (::fstat(fd.get(), &st) != 0) return errno;
    Level level{name, std::move(fd), st.st_mode, {}};
    if (S_ISLNK(st.st_mode)) {
      if (const int err = read_link(level.fd.get(), "", level.link)) return err;
      if (last_ == LastLink::follow || !todo_.empty()) return follow(level.link);
    }
    levels_.push_back(std::move(level));
    return 0;
  }

  // Nothing is looked for below it, so it is not held: one call in place of two to five. A link is,
  // so that its text is that of what was found.
  int step_last(const std::string& name) {
    struct stat st {};
    if (::fstatat(top(), name.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0)
      return step_missing(name, errno);
    if (S_ISLNK(st.st_mode)) return step_other(name);
    levels_.push_back({name, Fd(), st.st_mode, {}});
    return 0;
  }

  int follow(const std::string& text) {
    if (++links_ > kMaxLinks) return ELOOP;
    if (text.starts_with('/')) levels_.clear();
    push(text);
    return 0;
  }

  Walk result(int err) {
    Walk walk;
    walk.err = err;
    for (const Level& level : levels_) walk.place.path += "/" + level.name;
    if (levels_.empty()) walk.place.path = "/";
    walk.name = levels_.empty() ? "." : levels_.back().name;
    walk.mode = levels_.empty() ? S_IFDIR : levels_.back().mode;
    walk.place.node.kind = walk.mode == 0 ? NodeKind::missing : kind_of(walk.mode);
    if (!levels_.empty()) walk.place.node.link = std::move(levels_.back().link);
    if (err == 0) find_parent(walk);
    return walk;
  }

  void find_parent(Walk& walk) {
    std::size_t depth = levels_.empty() ? 0 : levels_.size() - 1;
    while (depth > 0 && !levels_[depth - 1].is_directory()) --depth;
    for (std::size_t i = 0; i < depth; ++i) walk.place.parent += "/" + levels_[i].name;
    if (depth == 0) walk.place.parent = "/";
    walk.directory =
        depth == 0 ? Fd(::fcntl(root_, F_DUPFD_CLOEXEC, 0)) : std::move(levels_[depth - 1].fd);
    if (!walk.directory) walk.err = errno;
  }

  int root_;
  LastLink last_;
  int links_ = 0;
  std::vector<Level> levels_;
  std::vector<std::string> todo_;  // the next one at the end
};

constexpr const char* kTreeHint =
    "name the directory of a root filesystem in image.source (rootfs:DIR)";

Error no_tree(const std::string& directory, int err) {
  const std::string shown = printable(directory);
  if (err == ENOENT) {
    return Error(fmt::format("image.source: {} is not there", shown),
                 "unpack a root filesystem there, or name another directory in image.source");
  }
  if (err == ENOTDIR)
    return Error(fmt::format("image.source: {} is not a directory", shown), kTreeHint);
  const Error why = host::cannot("open", directory, err);
  return Error("image.source: " + why.message(), why.hint());
}

Entry entry_of(int directory, const dirent& found) {
  Entry entry{found.d_name, {}};
  unsigned char type = found.d_type;
  if (type == DT_UNKNOWN) {  // some file systems do not say (readdir(3))
    struct stat st {};
    if (::fstatat(directory, found.d_name, &st, AT_SYMLINK_NOFOLLOW) == 0)
      type = IFTODT(st.st_mode);
  }
  switch (type) {
    case DT_DIR:
      entry.node.kind = NodeKind::directory;
      break;
    case DT_REG:
      entry.node.kind = NodeKind::file;
      break;
    case DT_LNK:
      entry.node.kind = NodeKind::symlink;
      break;
    default:
      entry.node.kind = NodeKind::other;
      break;
  }
  if (type == DT_LNK && read_link(directory, found.d_name, entry.node.link) != 0)
    entry.node.kind = NodeKind::other;
  return entry;
}

}  // namespace

Tree::Tree(const std::string& directory) {
  const std::unique_ptr<char, decltype(&std::free)> real(
      directory.find('\0') == std::string::npos ? ::realpath(directory.c_str(), nullptr) : nullptr,
      &std::free);
  if (!real) throw no_tree(directory, errno);
  directory_ = real.get();
  root_ = Fd(::open(real.get(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat st {};
  if (!root_ || ::fstat(root_.get(), &st) != 0) throw no_tree(directory, errno);
  owner_ = st.st_uid;
}

Walk Tree::walk(std::string_view path, LastLink last) const {
  return Walker(root_.get(), last).run(path);
}

unsigned Tree::mode(const std::string& path) const {
  struct open_how how {};
  how.flags = O_PATH | O_CLOEXEC;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  if (path.empty() || path.find('\0') != std::string::npos) return 0;
  const Fd fd(
      static_cast<int>(::syscall(SYS_openat2, root_.get(), path.c_str(), &how, sizeof how)));
  struct stat st {};
  if (fd) return ::fstat(fd.get(), &st) == 0 ? st.st_mode : 0;
  if (errno == ENOENT || errno == ENOTDIR) return 0;
  const Walk found = walk(path, LastLink::follow);
  return found.err == 0 ? found.mode : 0;
}

TreeFile Tree::open(std::string_view path) const {
  const Walk found = walk(path, LastLink::follow);
  if (found.err != 0) return {Fd(), found.err};
  if (found.place.node.kind != NodeKind::file) return {Fd(), ENOENT};
  Fd fd(::openat(found.directory.get(), found.name.c_str(), host::kCautiousRead | O_NOFOLLOW));
  if (!fd) return {Fd(), errno};
  struct stat st {};
  if (::fstat(fd.get(), &st) != 0) return {Fd(), errno};
  if (!S_ISREG(st.st_mode)) return {Fd(), ENOENT};  // replaced since it was looked at
  return {std::move(fd), 0};
}

std::vector<Entry> Tree::list(const Walk& walk) const {
  const std::string& path = walk.place.parent;
  Fd fd(::openat(walk.directory.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) throw failed("list", path, errno);
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(fd.get()), &::closedir);
  if (!stream) throw failed("list", path, errno);
  const int directory = fd.release();  // the stream's now

  std::vector<Entry> entries;
  while (true) {
    errno = 0;  // readdir(3) tells the end from a failure by it alone
    const dirent* found = ::readdir(stream.get());
    if (found == nullptr) break;
    const std::string_view name = found->d_name;
    if (name != "." && name != "..") entries.push_back(entry_of(directory, *found));
  }
  if (errno != 0) throw failed("list", path, errno);
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.name < b.name; });
  return entries;
}

Error Tree::failed(std::string_view verb, std::string_view path, int err) const {
  const std::string hint(host::errno_hint(err));
  return Error(fmt::format("image.source: cannot {} {} in the tree {}: {}", verb, printable(path),
                           printable(directory_), host::errno_text(err)),
               hint.empty() ? "check the tree, or name another one in image.source" : hint);
}

}  // namespace devbox::store
