#include "image/layer.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <optional>
#include <string_view>

#include "host/cannot.hpp"
#include "image/limits.hpp"
#include "image/member.hpp"
#include "image/parents.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace devbox::image {
namespace {

constexpr std::string_view kWhiteout = ".wh.";
constexpr std::string_view kOpaque = ".wh..wh..opq";
constexpr std::string_view kMeta = ".wh..wh.";  // what aufs kept for itself

std::string joined(const std::string& parent, std::string_view name) {
  return parent.empty() ? std::string(name) : fmt::format("{}/{}", parent, name);
}

class Reader {
 public:
  Reader(Archive& archive, int directory, FileWriter& files, const LayerProgress& progress)
      : archive_(archive), directory_(directory), files_(files), progress_(progress) {}

  ~Reader() { files_.abandon(); }  // it writes to entries that go now
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  Changes run() {
    while (std::optional<Member> member = archive_.next()) {
      put(*member);
      progress_(layer_.size(), bytes_);
    }
    files_.drain();
    return std::move(layer_);
  }

 private:
  void put(Member& member) {
    const std::string path = path_of(member.name, "member");
    if (layer_.size() >= kMostNames)
      throw Error(fmt::format("the layer has more than {} names", kMostNames), kNotOurs);
    if (name_of(path).starts_with(kWhiteout)) return put_whiteout(member.name, path);
    if (member.hard_link) {
      layer_.push_back({.kind = Change::Kind::hard_link,
                        .path = path,
                        .entry = {},
                        .existing = path_of(*member.hard_link, "hard link to")});
      return;
    }
    layer_.push_back({.kind = Change::Kind::entry,
                      .path = path,
                      .entry = std::move(member.entry),
                      .existing = {}});
    if (layer_.back().entry.kind == EntryKind::file) write(layer_.back());
  }

  static std::string path_of(const std::string& name, const char* what) {
    if (std::optional<std::string> path = member_path(name)) return std::move(*path);
    throw Error(fmt::format("the layer's {} {} would lie outside of the tree, or has a name that "
                            "no file can have",
                            what, printable(name)),
                kNotOurs);
  }

  void put_whiteout(const std::string& written, const std::string& path) {
    const std::string name = name_of(path);
    const std::string parent = parent_of(path);
    if (name == kOpaque) {
      layer_.push_back({.kind = Change::Kind::opaque, .path = parent, .entry = {}, .existing = {}});
      return;
    }
    if (name.starts_with(kMeta)) return;
    const std::string_view gone = std::string_view(name).substr(kWhiteout.size());
    if (gone.empty() || gone == "." || gone == "..") {
      throw Error(fmt::format("the layer's whiteout {} is of no name that a tree can have",
                              printable(written)),
                  kNotOurs);
    }
    layer_.push_back({.kind = Change::Kind::whiteout,
                      .path = joined(parent, gone),
                      .entry = {},
                      .existing = {}});
  }

  void write(Change& change) {
    constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    const Entry& entry = change.entry;
    if (entry.size > kMostBytes || (bytes_ += entry.size) > kMostBytes) {
      throw Error(fmt::format("the layer's files have more than {} GiB", kMostBytes >> 30U),
                  kNotOurs);
    }
    change.file = ++written_;
    Fd file(::openat(directory_, std::to_string(change.file).c_str(), kFlags, 0600));
    if (!file) throw host::cannot("make the file", change.path, errno);
    files_.begin(std::move(file), change.path, change.entry);
    while (const std::optional<Block> block = archive_.read()) {
      files_.add(*block);
      progress_(layer_.size(), bytes_);
    }
    files_.end();
  }

  Archive& archive_;
  int directory_;
  FileWriter& files_;
  const LayerProgress& progress_;
  Changes layer_;
  std::uint64_t written_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace

Changes read_layer(Archive& archive, int directory, FileWriter& files,
                   const LayerProgress& progress) {
  return Reader(archive, directory, files, progress).run();
}

}  // namespace devbox::image
