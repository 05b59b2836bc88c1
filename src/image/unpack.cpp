#include "image/unpack.hpp"

#include <fmt/format.h>

#include <chrono>
#include <iterator>

#include "image/archive.hpp"
#include "image/limits.hpp"
#include "image/member.hpp"
#include "image/owner_range.hpp"
#include "image/tree_writer.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace devbox::image {
namespace {

class Unpacker {
 public:
  Unpacker(ByteSource& archive, int directory, const Owners& owners, FileWriter& files,
           const Progress& progress)
      : archive_(archive),
        belongs_(owners ? Belongs::to_owner : Belongs::to_user),
        writer_(directory, belongs_),
        owners_(owners),
        files_(files),
        progress_(progress) {
    result_.entries[""] = {.kind = EntryKind::directory, .mode = 0755, .text = {}};
  }
  ~Unpacker() { files_.abandon(); }  // it writes to entries that go now
  Unpacker(const Unpacker&) = delete;
  Unpacker& operator=(const Unpacker&) = delete;

  Unpacked run() {
    while (std::optional<Member> member = archive_.next()) {
      if (owners_ && !member->hard_link) require_mapped(member->name, member->entry, *owners_);
      put(*member);
      tell();
    }
    if (result_.entries.size() == 1) {
      throw Error("the archive holds no files", "it must be the tar archive of a root filesystem");
    }
    archive_.finish();
    finish();
    note_devices();
    note_xattrs();
    return std::move(result_);
  }

 private:
  std::string path_of(const std::string& name, std::string_view what) const {
    if (std::optional<std::string> path = member_path(name)) return std::move(*path);
    throw Error(fmt::format("the archive's {} {} would lie outside of the tree, or has a name that "
                            "no file can have",
                            what, printable(name)),
                kNotOurs);
  }

  void put(Member& member) {
    const std::string path = path_of(member.name, "member");
    Entry& entry = member.entry;
    if (path.empty()) return put_root(member);
    make_parents(path);
    if (member.hard_link) return put_hard_link(path, *member.hard_link);
    if (!clear(path, entry.kind)) {
      entry.inode = result_.entries[path].inode;
      result_.entries[path] = std::move(entry);
      return;
    }
    entry.inode = ++inodes_;
    const Entries::iterator added = add(path, std::move(entry));
    make(added->first, added->second);
  }

  void put_root(const Member& member) {
    if (member.hard_link || member.entry.kind != EntryKind::directory) {
      throw Error(fmt::format("the archive's member {} is the tree itself, and no directory",
                              printable(member.name)),
                  kNotOurs);
    }
    result_.entries[""] = member.entry;
  }

  Entries::iterator add(const std::string& path, Entry entry) {
    if (result_.entries.size() >= kMostNames)
      throw Error(fmt::format("the archive has more than {} names", kMostNames), kNotOurs);
    return result_.entries.insert_or_assign(path, std::move(entry)).first;
  }

  // What the archive names no directory for, it has all the same: children may come before parents.
  // A directory that is there has its parents, so only what is missing costs a look at each.
  void make_parents(const std::string& path) {
    const std::size_t last = path.rfind('/');
    if (last == std::string::npos || is_directory(path.substr(0, last))) return;
    for (std::size_t slash = path.find('/'); slash != std::string::npos;
         slash = path.find('/', slash + 1)) {
      const std::string parent = path.substr(0, slash);
      const auto found = result_.entries.find(parent);
      if (found == result_.entries.end()) {
        writer_.directory(parent);
        add(parent, {.kind = EntryKind::directory, .mode = 0755, .text = {}, .inode = ++inodes_});
      } else if (found->second.kind != EntryKind::directory) {
        throw Error(
            fmt::format("the archive's member {} lies below {}, which it says is {}",
                        printable(path), printable(parent),
                        found->second.kind == EntryKind::symlink ? "a link" : "no directory"),
            kNotOurs);
      }
    }
  }

  bool is_directory(const std::string& path) const {
    const auto found = result_.entries.find(path);
    return found != result_.entries.end() && found->second.kind == EntryKind::directory;
  }

  // Makes room for a name that is taken. False where a directory stays, with new metadata.
  bool clear(const std::string& path, EntryKind kind) {
    const auto found = result_.entries.find(path);
    if (found == result_.entries.end()) return true;
    if (found->second.kind == EntryKind::directory) {
      if (kind == EntryKind::directory) return false;
      const std::string below = path + '/';
      const std::string after = path + '0';  // '0' follows '/'
      auto last = std::prev(result_.entries.lower_bound(after));
      for (; last->first.starts_with(below); last = std::prev(erase(last))) {
      }
    }
    erase(found);
    return true;
  }

  Entries::iterator erase(Entries::iterator it) {
    files_.drain();
    if (!is_device(it->second.kind)) writer_.remove(it->first, it->second.kind);
    return result_.entries.erase(it);
  }

  void put_hard_link(const std::string& path, const std::string& name) {
    const std::string existing = path_of(name, "hard link to");
    const auto found = result_.entries.find(existing);
    if (found == result_.entries.end() || found->second.kind == EntryKind::directory) {
      throw Error(
          fmt::format("the archive's member {} is a hard link to {}, which is no file of it",
                      printable(path), printable(name)),
          kNotOurs);
    }
    if (existing == path) return;  // tar writes a file's second name so where it was added twice
    files_.drain();                // the digest is wanted
    Entry entry = found->second;
    clear(path, entry.kind);
    if (!is_device(entry.kind)) writer_.hard_link(path, existing);
    add(path, std::move(entry));
  }

  void make(const std::string& path, Entry& entry) {
    switch (entry.kind) {
      case EntryKind::directory:
        return writer_.directory(path);
      case EntryKind::symlink:
        return writer_.symlink(path, entry.text);
      case EntryKind::fifo:
        return writer_.fifo(path);
      case EntryKind::file:
        return write(path, entry);
      case EntryKind::character:
      case EntryKind::block:
        ++devices_;
        return;
    }
  }

  void write(const std::string& path, Entry& entry) {
    result_.bytes += entry.size;
    if (entry.size > kMostBytes || result_.bytes > kMostBytes) {
      throw Error(fmt::format("the archive's files have more than {} GiB", kMostBytes >> 30U),
                  kNotOurs);
    }
    files_.begin(writer_.file(path), path, entry);
    while (const std::optional<Block> block = archive_.read()) {
      files_.add(*block);
      tell();
    }
    files_.end();
  }

  // Last, and what lies in a directory before it: a directory's time is that of its last change.
  // Files have theirs since they were written, but for an owner.
  void finish() {
    files_.drain();
    for (auto it = result_.entries.end(); it != result_.entries.begin();) {
      --it;
      const EntryKind kind = it->second.kind;
      const bool is_done = kind == EntryKind::file && belongs_ == Belongs::to_user;
      if (!is_device(kind) && !is_done) writer_.finish(it->first, it->second);
    }
  }

  void note_devices() {
    if (devices_ > 0) {
      result_.notes.push_back(fmt::format(
          "{} device nodes are recorded and not made: only root can make them", devices_));
    }
  }

  void note_xattrs() {
    if (const std::uint64_t left_out = archive_.xattrs_left_out(); left_out > 0) {
      result_.notes.push_back(fmt::format(
          "{} extended attributes are left out: they mean something on one machine alone",
          left_out));
    }
  }

  void tell() {
    const auto now = std::chrono::steady_clock::now();
    if (now - told_ < std::chrono::milliseconds(200)) return;
    told_ = now;
    progress_(result_.entries.size(), result_.bytes);
  }

  Archive archive_;
  Belongs belongs_;
  TreeWriter writer_;
  const Owners& owners_;
  FileWriter& files_;
  const Progress& progress_;
  std::chrono::steady_clock::time_point told_;
  Unpacked result_;
  std::uint64_t inodes_ = 0;
  std::uint64_t devices_ = 0;
};

}  // namespace

Unpacked unpack(ByteSource& archive, int directory, const Owners& owners, FileWriter& files,
                const Progress& progress) {
  return Unpacker(archive, directory, owners, files, progress).run();
}

Unpacked unpack(int archive, int directory, const Owners& owners, FileWriter& files,
                const Progress& progress) {
  FdSource source(archive);
  return unpack(source, directory, owners, files, progress);
}

}  // namespace devbox::image
