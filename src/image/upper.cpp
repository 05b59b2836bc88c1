#include "image/upper.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "host/cannot.hpp"
#include "image/limits.hpp"
#include "image/parents.hpp"
#include "image/xattr.hpp"
#include "kernel/file.hpp"
#include "kernel/overlay.hpp"
#include "util/error.hpp"
#include "util/fd.hpp"

namespace devbox::image {
namespace {

constexpr std::uint64_t kBlock = 512;  // of st_blocks (stat(2))

std::optional<EntryKind> kind_of(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFDIR:
      return EntryKind::directory;
    case S_IFREG:
      return EntryKind::file;
    case S_IFLNK:
      return EntryKind::symlink;
    case S_IFIFO:
      return EntryKind::fifo;
    case S_IFCHR:
      return EntryKind::character;
    case S_IFBLK:
      return EntryKind::block;
    default:
      return std::nullopt;
  }
}

// That of a file, as an archive has it: without the user namespace whose root it is for, which no
// other machine has (capabilities(7), "File capability extended attribute versioning").
std::optional<std::string> capability_of(int file) {
  struct vfs_ns_cap_data data {};
  const ssize_t size = ::fgetxattr(file, "security.capability", &data, sizeof data);
  if (size <= 0) return std::nullopt;
  std::string value(reinterpret_cast<const char*>(&data), static_cast<std::size_t>(size));
  if (size != static_cast<ssize_t>(XATTR_CAPS_SZ_3)) return value;
  data.magic_etc = (data.magic_etc & ~VFS_CAP_REVISION_MASK) | VFS_CAP_REVISION_2;
  return std::string(reinterpret_cast<const char*>(&data), XATTR_CAPS_SZ_2);
}

// Whether a name went between being listed and being looked at, or is another kind of thing now.
bool is_gone(int err) { return err == ENOENT || err == ENOTDIR || err == ELOOP || err == ENXIO; }

using Wanted = std::function<bool(const std::string& path)>;

class Reader {
 public:
  explicit Reader(int root, Wanted wanted = {}) : root_(root), wanted_(std::move(wanted)) {}

  Upper read() {
    struct stat st {};
    if (::fstat(root_, &st) < 0) throw host::cannot("look at", "the root", errno);
    Written& top = add("", EntryKind::directory, st);
    std::vector<std::string> todo;
    look_into(root_, "", top);
    todo.emplace_back();
    while (!todo.empty()) {
      const std::string path = std::move(todo.back());
      todo.pop_back();
      list(path, todo);
    }
    return std::move(upper_);
  }

 private:
  Written& add(const std::string& path, EntryKind kind, const struct stat& st) {
    if (upper_.names.size() >= kMostNames)
      throw Error(fmt::format("there are more than {} names in it", kMostNames), {});
    Written& written = upper_.names[path];
    Entry& entry = written.entry;
    entry.kind = kind;
    entry.mode = st.st_mode & 07777U;
    entry.uid = st.st_uid;
    entry.gid = st.st_gid;
    entry.mtime = st.st_mtim.tv_sec;
    if (kind == EntryKind::file) entry.size = static_cast<std::uint64_t>(st.st_size);
    if (is_device(kind)) entry.text = fmt::format("{}:{}", major(st.st_rdev), minor(st.st_rdev));
    const auto [inode, is_first] = inodes_.emplace(st.st_ino, inodes_.size() + 1);
    entry.inode = inode->second;
    if (is_first) upper_.bytes += static_cast<std::uint64_t>(st.st_blocks) * kBlock;
    return written;
  }

  Fd open_directory(const std::string& path) const {
    const kernel::Sys<int> found = kernel::open_below(root_, path.c_str());
    const Fd there(found.value);
    if (!found && is_gone(found.err)) return {};
    if (!found) throw host::cannot("open", path, found.err);
    Fd fd(::openat(there.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd && !is_gone(errno)) throw host::cannot("read", path, errno);
    return fd;
  }

  void list(const std::string& path, std::vector<std::string>& todo) {
    Fd fd = open_directory(path);
    if (!fd) return;
    const int directory = fd.get();
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(directory), &::closedir);
    if (!stream) throw host::cannot("read", path, errno);
    static_cast<void>(fd.release());  // the stream's now
    errno = 0;
    while (const dirent* found = ::readdir(stream.get())) {
      const std::string_view name = found->d_name;
      if (name == "." || name == "..") continue;
      std::string below = path.empty() ? std::string(name) : fmt::format("{}/{}", path, name);
      if (look(directory, found->d_name, below)) todo.push_back(std::move(below));
      errno = 0;
    }
    if (errno != 0) throw host::cannot("read", path, errno);
  }

  // Whether it is a directory.
  bool look(int directory, const char* name, const std::string& path) {
    if (wanted_ && !wanted_(path)) return false;
    struct stat st {};
    if (::fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
      if (is_gone(errno)) return false;
      throw host::cannot("look at", path, errno);
    }
    if (kernel::is_whiteout(st)) {
      upper_.names[path].whiteout = true;
      return false;
    }
    const std::optional<EntryKind> kind = kind_of(st.st_mode);
    if (!kind) {
      ++upper_.sockets;
      return false;
    }
    Written& written = add(path, *kind, st);
    if (*kind == EntryKind::symlink) written.entry.text = link_text(directory, name, path);
    if (*kind == EntryKind::file || *kind == EntryKind::directory)
      open_and_look(directory, name, path, written);
    return *kind == EntryKind::directory;
  }

  static std::string link_text(int directory, const char* name, const std::string& path) {
    char text[PATH_MAX];
    const ssize_t size = ::readlinkat(directory, name, text, sizeof text);
    if (size < 0 && !is_gone(errno)) throw host::cannot("read the link", path, errno);
    return {text, static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
  }

  void open_and_look(int directory, const char* name, const std::string& path, Written& written) {
    constexpr int kFlags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    const Fd fd(::openat(directory, name, kFlags));
    if (fd) return look_into(fd.get(), path, written);
    if (!is_gone(errno)) throw host::cannot("open", path, errno);
  }

  static void look_into(int fd, const std::string& path, Written& written) {
    Entry& entry = written.entry;
    kernel::Sys<std::optional<Xattrs>> found = xattrs_of(fd);
    if (found.err != 0) throw host::cannot("read the attributes of", path, found.err);
    for (Xattr& xattr : found.value.value_or(Xattrs())) {
      if (is_recorded(entry.kind, xattr.name)) entry.xattrs.push_back(std::move(xattr));
    }
    if (entry.kind == EntryKind::directory) {
      written.opaque = kernel::is_opaque(fd);
    } else if (std::optional<std::string> value = capability_of(fd)) {
      entry.xattrs.push_back({"security.capability", std::move(*value)});
      std::sort(entry.xattrs.begin(), entry.xattrs.end());
    }
  }

  int root_;
  Wanted wanted_;  // none: everything is
  Upper upper_;
  std::map<ino_t, std::uint64_t> inodes_;
};

}  // namespace

Upper read_upper(int directory) { return Reader(directory).read(); }

Entries read_below(int directory, const Upper& upper) {
  const Wanted wanted = [&](const std::string& path) {
    if (upper.names.contains(path)) return true;
    for (std::string above = path; !above.empty();) {
      above = parent_of(above);
      const auto found = upper.names.find(above);
      if (found != upper.names.end() && found->second.opaque) return true;
    }
    return false;
  };
  Entries entries;
  for (auto& [path, found] : Reader(directory, wanted).read().names) {
    if (!found.whiteout) entries.emplace_hint(entries.end(), path, std::move(found.entry));
  }
  return entries;
}

}  // namespace devbox::image
