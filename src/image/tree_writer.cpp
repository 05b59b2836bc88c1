#include "image/tree_writer.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "host/cannot.hpp"
#include "kernel/file.hpp"
#include "util/text.hpp"

namespace devbox::image {
namespace {

std::string name_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

void require(int result, std::string_view doing, const std::string& path) {
  if (result < 0) throw host::cannot(doing, path, errno);
}

}  // namespace

int TreeWriter::parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string parent = slash == std::string::npos ? "" : path.substr(0, slash);
  if (parent == parent_path_) return parent_.get();
  const kernel::Sys<int> opened = kernel::open_below(root_, parent.c_str());
  if (!opened) throw host::cannot("open the directory of", path, opened.err);
  parent_ = Fd(opened.value);
  parent_path_ = parent;
  return parent_.get();
}

void TreeWriter::directory(const std::string& path) {
  require(::mkdirat(parent_of(path), name_of(path).c_str(), 0700), "make the directory", path);
}

Fd TreeWriter::file(const std::string& path) {
  constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  Fd fd(::openat(parent_of(path), name_of(path).c_str(), kFlags, 0600));
  require(fd.get(), "make the file", path);
  return fd;
}

void TreeWriter::symlink(const std::string& path, const std::string& text) {
  require(::symlinkat(text.c_str(), parent_of(path), name_of(path).c_str()), "make the link", path);
}

void TreeWriter::fifo(const std::string& path) {
  require(::mkfifoat(parent_of(path), name_of(path).c_str(), 0600), "make the FIFO", path);
}

void TreeWriter::hard_link(const std::string& path, const std::string& existing) {
  const Fd from(::fcntl(parent_of(existing), F_DUPFD_CLOEXEC, 0));
  require(from.get(), "open the directory of", existing);
  require(
      ::linkat(from.get(), name_of(existing).c_str(), parent_of(path), name_of(path).c_str(), 0),
      "make the hard link", path);
}

void TreeWriter::remove(const std::string& path, EntryKind kind) {
  const int flags = kind == EntryKind::directory ? AT_REMOVEDIR : 0;
  if (parent_path_ == path) parent_path_ = "/";  // the directory that goes is kept no longer
  require(::unlinkat(parent_of(path), name_of(path).c_str(), flags), "remove", path);
}

void TreeWriter::finish(const std::string& path, const Entry& entry) {
  const int parent = path.empty() ? root_ : parent_of(path);
  const std::string name = path.empty() ? "." : name_of(path);
  if (entry.kind != EntryKind::symlink) {
    const mode_t mode =
        entry.kind == EntryKind::directory ? (entry.mode & 0555U) | 0500U : entry.mode & 0777U;
    require(::fchmodat(parent, name.c_str(), mode, 0), "set the mode of", path);
  }
  const struct timespec times[] = {{entry.mtime, 0}, {entry.mtime, 0}};
  require(::utimensat(parent, name.c_str(), times, AT_SYMLINK_NOFOLLOW), "set the time of", path);
}

}  // namespace devbox::image
