#include "image/export_tree.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <string>
#include <vector>

#include "host/cannot.hpp"
#include "image/parents.hpp"
#include "image/sha256.hpp"
#include "util/error.hpp"
#include "util/fd.hpp"
#include "util/text.hpp"

namespace devbox::image {
namespace {

constexpr std::size_t kChunk = std::size_t{512} * 1024;

class Exporter {
 public:
  Exporter(const Entries& entries, const TreeFiles& files, const TarWriter::Sink& sink,
           const std::function<void(std::uint64_t)>& progress)
      : entries_(entries),
        parents_(files.root),
        upper_(files.upper),
        first_written_(files.first_written),
        writer_(sink),
        progress_(progress),
        buffer_(kChunk) {}

  void run() {
    std::map<std::uint64_t, const std::string*> first;  // a name that is in the archive, by inode
    for (const auto& [path, entry] : entries_) {
      if (entry.kind == EntryKind::file) {
        const auto [name, is_first] = first.emplace(entry.inode, &path);
        if (!is_first) {
          writer_.add_hard_link(path, *name->second, entry);
          continue;
        }
      }
      writer_.add(path, entry);
      if (entry.kind == EntryKind::file) add_bytes(path, entry);
    }
    writer_.finish();
  }

 private:
  void add_bytes(const std::string& path, const Entry& entry) {
    constexpr int kFlags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    const int parent = (entry.inode >= first_written_ ? upper_ : parents_).of(path);
    const Fd file(::openat(parent, name_of(path).c_str(), kFlags));
    if (!file) throw host::cannot("open", path, errno);
    for (std::uint64_t rest = entry.size; rest > 0;) {
      const auto most = static_cast<std::size_t>(std::min<std::uint64_t>(rest, kChunk));
      const ssize_t got = ::read(file.get(), buffer_.data(), most);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) throw host::cannot("read", path, errno);
      if (got == 0) fail(path);
      hash_.add(buffer_.data(), static_cast<std::size_t>(got));
      writer_.bytes({buffer_.data(), static_cast<std::size_t>(got)});
      rest -= static_cast<std::uint64_t>(got);
      progress_(bytes_ += static_cast<std::uint64_t>(got));
    }
    const std::string digest = hash_.hex();  // the next begins anew
    if (!entry.text.empty() && digest != entry.text) fail(path);
  }

  [[noreturn]] static void fail(const std::string& path) {
    throw Error(fmt::format("{} of the tree is not what was unpacked", printable(path)),
                "`devbox image verify --repair` mends the tree");
  }

  const Entries& entries_;
  Parents parents_;
  Parents upper_;
  std::uint64_t first_written_;
  TarWriter writer_;
  const std::function<void(std::uint64_t)>& progress_;
  std::vector<char> buffer_;
  Sha256 hash_;
  std::uint64_t bytes_ = 0;
};

}  // namespace

void export_tree(const Entries& entries, const TreeFiles& files, const TarWriter::Sink& sink,
                 const std::function<void(std::uint64_t bytes)>& progress) {
  Exporter(entries, files, sink, progress).run();
}

}  // namespace devbox::image
