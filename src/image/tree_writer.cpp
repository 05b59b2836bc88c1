#include "image/tree_writer.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "host/cannot.hpp"
#include "image/xattr.hpp"

namespace devbox::image {
namespace {

void require(int result, std::string_view doing, const std::string& path) {
  if (result < 0) throw host::cannot(doing, path, errno);
}

// Before the mode, which may forbid it: only who may write to a file may set one (xattr(7)).
void give_xattrs(int file, const std::string& path, const Entry& entry) {
  if (entry.xattrs.empty()) return;
  const int err = set_xattrs(file, xattrs_on_disk(entry));
  if (err != 0) throw host::cannot("set the extended attributes of", path, err);
}

}  // namespace

void TreeWriter::directory(const std::string& path) {
  require(::mkdirat(parents_.of(path), name_of(path).c_str(), 0700), "make the directory", path);
}

Fd TreeWriter::file(const std::string& path) {
  constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  Fd fd(::openat(parents_.of(path), name_of(path).c_str(), kFlags, 0600));
  require(fd.get(), "make the file", path);
  return fd;
}

void TreeWriter::symlink(const std::string& path, const std::string& text) {
  require(::symlinkat(text.c_str(), parents_.of(path), name_of(path).c_str()), "make the link",
          path);
}

void TreeWriter::fifo(const std::string& path) {
  require(::mkfifoat(parents_.of(path), name_of(path).c_str(), 0600), "make the FIFO", path);
}

void TreeWriter::hard_link(const std::string& path, const std::string& existing) {
  const Fd from(::fcntl(parents_.of(existing), F_DUPFD_CLOEXEC, 0));
  require(from.get(), "open the directory of", existing);
  require(
      ::linkat(from.get(), name_of(existing).c_str(), parents_.of(path), name_of(path).c_str(), 0),
      "make the hard link", path);
}

void TreeWriter::move_in(int directory, const std::string& name, const std::string& path) {
  require(::renameat(directory, name.c_str(), parents_.of(path), name_of(path).c_str()),
          "make the file", path);
}

void TreeWriter::remove(const std::string& path, EntryKind kind) {
  const int flags = kind == EntryKind::directory ? AT_REMOVEDIR : 0;
  parents_.forget(path);
  require(::unlinkat(parents_.of(path), name_of(path).c_str(), flags), "remove", path);
}

void TreeWriter::finish(const std::string& path, const Entry& entry) {
  const int parent = path.empty() ? parents_.root() : parents_.of(path);
  const std::string name = path.empty() ? "." : name_of(path);
  if (entry.kind == EntryKind::directory && !entry.xattrs.empty()) {
    const Fd directory(
        ::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    require(directory.get(), "open", path);
    give_xattrs(directory.get(), path, entry);
  }
  if (entry.kind != EntryKind::symlink) {
    require(::fchmodat(parent, name.c_str(), mode_on_disk(path, entry, belongs_), 0),
            "set the mode of", path);
  }
  const struct timespec times[] = {{entry.mtime, 0}, {entry.mtime, 0}};
  require(::utimensat(parent, name.c_str(), times, AT_SYMLINK_NOFOLLOW), "set the time of", path);
  if (belongs_ == Belongs::to_user) return;
  // Last: it takes no bit off a directory (chown(2)), and setting one as somebody else would.
  require(::fchownat(parent, name.c_str(), static_cast<uid_t>(entry.uid),
                     static_cast<gid_t>(entry.gid), AT_SYMLINK_NOFOLLOW),
          "set the owner of", path);
}

void finish_file(int file, const std::string& path, const Entry& entry) {
  give_xattrs(file, path, entry);
  require(::fchmod(file, mode_on_disk(path, entry, Belongs::to_user)), "set the mode of", path);
  const struct timespec times[] = {{entry.mtime, 0}, {entry.mtime, 0}};
  require(::futimens(file, times), "set the time of", path);
}

}  // namespace devbox::image
