#include "image/verify.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string_view>

#include "image/parents.hpp"
#include "image/xattr.hpp"
#include "kernel/file.hpp"
#include "util/fd.hpp"

namespace devbox::image {
namespace {

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
    default:
      return std::nullopt;
  }
}

// A file to be read, once for all of its names.
struct Job {
  const std::string* path = nullptr;
  const Entry* entry = nullptr;
  std::vector<const std::string*> others;
  bool differs = false;
  bool xattrs_differ = false;
  int err = 0;
};

class Verifier {
 public:
  Verifier(int root, const Entries& entries, Belongs belongs)
      : root_(root), entries_(entries), belongs_(belongs) {}

  Verified run(const std::function<void(std::uint64_t)>& progress) {
    for (const auto& [path, entry] : entries_) {
      if (is_below_absent(path)) continue;
      if (!is_device(entry.kind)) look(path, entry);
    }
    read_all(progress);
    Verified result{.differences = {}, .files = jobs_.size(), .bytes = bytes_};
    for (auto& [path, what] : found_) result.differences.push_back({path, std::move(what)});
    return result;
  }

 private:
  void add(const std::string& path, const char* what) { found_[path].emplace_back(what); }

  // Sorted by bytes, what is below a directory comes after it, but not always next.
  bool is_below_absent(const std::string& path) const {
    for (std::string above = path; !above.empty() && !absent_.empty();) {
      above = parent_of(above);
      if (absent_.contains(above)) return true;
    }
    return false;
  }

  void look(const std::string& path, const Entry& entry) {
    struct stat st {};
    const kernel::Sys<int> opened = kernel::open_parent(root_, path.c_str());
    const Fd parent(opened.value);
    const std::string name = path.empty() ? "." : name_of(path);
    if (!opened || ::fstatat(parent.get(), name.c_str(), &st, AT_SYMLINK_NOFOLLOW) < 0) {
      add(path, errno == ENOENT || opened.err != 0 ? "missing" : "unreadable");
      absent_.insert(path);
      return;
    }
    if (kind_of(st.st_mode) != entry.kind) {
      add(path, "type");
      absent_.insert(path);
      return;
    }
    compare(path, entry, st);
    if (entry.kind == EntryKind::symlink) compare_link(path, entry, parent.get(), name);
    if (entry.kind == EntryKind::directory) list(path, entry, parent.get(), name);
    if (entry.kind == EntryKind::file) compare_file(path, entry, st);
  }

  void compare(const std::string& path, const Entry& entry, const struct stat& st) {
    if (entry.kind != EntryKind::symlink &&
        (st.st_mode & 07777U) != mode_on_disk(path, entry, belongs_))
      add(path, "mode");
    if (belongs_ == Belongs::to_owner && (st.st_uid != entry.uid || st.st_gid != entry.gid))
      add(path, "owner");
    if (st.st_mtim.tv_sec != entry.mtime || st.st_mtim.tv_nsec != 0) add(path, "mtime");
  }

  void compare_link(const std::string& path, const Entry& entry, int parent,
                    const std::string& name) {
    char text[PATH_MAX];
    const ssize_t size = ::readlinkat(parent, name.c_str(), text, sizeof text);
    if (size < 0) return add(path, "unreadable");
    if (entry.text != std::string_view(text, static_cast<std::size_t>(size))) add(path, "link");
  }

  // Names that the manifest lacks, and devices that nobody made.
  void list(const std::string& path, const Entry& entry, int parent, const std::string& name) {
    Fd fd(::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(fd ? ::fdopendir(fd.get()) : nullptr,
                                                     &::closedir);
    if (!stream) return add(path, "unreadable");
    static_cast<void>(fd.release());  // the stream's now
    compare_xattrs(path, entry, ::dirfd(stream.get()));
    while (const dirent* found = ::readdir(stream.get())) {
      const std::string_view there = found->d_name;
      if (there == "." || there == "..") continue;
      const std::string below = path.empty() ? std::string(there) : path + '/' + found->d_name;
      const auto known = entries_.find(below);
      if (known == entries_.end() || is_device(known->second.kind)) add(below, "new");
    }
  }

  void compare_xattrs(const std::string& path, const Entry& entry, int directory) {
    const kernel::Sys<std::optional<Xattrs>> found = xattrs_of(directory);
    if (found.err != 0) return add(path, "unreadable");
    if (!has_xattrs_of(found.value, entry)) add(path, "xattrs");
  }

  void compare_file(const std::string& path, const Entry& entry, const struct stat& st) {
    const auto [inode, is_first_name] = inodes_.emplace(entry.inode, st.st_ino);
    const auto [group, is_first_group] = groups_.emplace(st.st_ino, entry.inode);
    if (inode->second != st.st_ino || group->second != entry.inode) add(path, "names");
    if (static_cast<std::uint64_t>(st.st_size) != entry.size) return add(path, "size");
    const auto [job, is_new] = job_of_.emplace(std::pair(st.st_ino, entry.text), jobs_.size());
    if (is_new) {
      jobs_.push_back({.path = &path, .entry = &entry, .others = {}});
    } else {
      jobs_[job->second].others.push_back(&path);
    }
  }

  void read_all(const std::function<void(std::uint64_t)>& progress) {
    std::atomic<bool> telling = false;
    in_parallel(jobs_.size(), [&](std::size_t i, Sha256& hash) {
      read(jobs_[i], hash);
      if (telling.exchange(true)) return;
      progress(bytes_);
      telling = false;
    });
    for (const Job& job : jobs_) {
      if (job.differs) add(job, job.err != 0 ? "unreadable" : "content");
      if (job.xattrs_differ) add(job, "xattrs");
    }
  }

  void add(const Job& job, const char* what) {
    add(*job.path, what);
    for (const std::string* other : job.others) add(*other, what);
  }

  void read(Job& job, Sha256& hash) {
    const kernel::Sys<int> opened = kernel::open_parent(root_, job.path->c_str());
    const Fd parent(opened.value);
    const kernel::Sys<Content> content = content_of(parent.get(), name_of(*job.path).c_str(), hash);
    job.err = opened.err != 0 ? opened.err : content.err;
    job.differs = job.err != 0 || content.value.digest != job.entry->text;
    job.xattrs_differ = job.err == 0 && !has_xattrs_of(content.value.xattrs, *job.entry);
    bytes_ += job.entry->size;
  }

  int root_;
  const Entries& entries_;
  Belongs belongs_;
  std::map<std::string, std::vector<std::string>> found_;
  std::set<std::string> absent_;                                 // or another kind of thing
  std::map<std::uint64_t, ino_t> inodes_;                        // by the manifest's number
  std::map<ino_t, std::uint64_t> groups_;                        // and back
  std::map<std::pair<ino_t, std::string>, std::size_t> job_of_;  // by what it must hold, too
  std::vector<Job> jobs_;
  std::atomic<std::uint64_t> bytes_ = 0;
};

}  // namespace

Verified verify(int root, const Entries& entries, Belongs belongs,
                const std::function<void(std::uint64_t)>& progress) {
  return Verifier(root, entries, belongs).run(progress);
}

}  // namespace devbox::image
