#include "image/layered_tree.hpp"

#include <string>
#include <unordered_set>

#include "image/owner_range.hpp"
#include "image/tree_writer.hpp"

namespace devbox::image {
namespace {

class Maker {
 public:
  Maker(const Flattened& flattened, const std::vector<int>& layers, int root, Belongs belongs)
      : flattened_(flattened),
        layers_(layers),
        belongs_(belongs),
        writer_(root, belongs),
        first_(flattened.places.size(), nullptr) {}

  void run() {
    for (const auto& [path, entry] : flattened_.entries) {
      if (!path.empty() && !is_device(entry.kind)) make(path, entry);
    }
    // What lies in a directory before it, whose time is that of its last change.
    for (auto it = flattened_.entries.end(); it != flattened_.entries.begin();) {
      --it;
      const auto& [path, entry] = *it;
      const EntryKind kind = entry.kind;
      const bool is_done = kind == EntryKind::file && belongs_ == Belongs::to_user;
      const bool is_there = !is_device(kind) && !left_out_.contains(entry.inode);
      if (is_there && !is_done) writer_.finish(path, entry);
    }
  }

 private:
  void make(const std::string& path, const Entry& entry) {
    if (entry.kind == EntryKind::directory) return writer_.directory(path);
    if (left_out_.contains(entry.inode)) return;
    const std::string*& first = first_.at(entry.inode);
    if (first != nullptr) return writer_.hard_link(path, *first);
    first = &path;
    if (entry.kind == EntryKind::symlink) return writer_.symlink(path, entry.text);
    if (entry.kind == EntryKind::fifo) return writer_.fifo(path);
    const Place& place = flattened_.places.at(entry.inode);
    const int layer = layers_.at(place.layer);
    if (layer >= 0) return writer_.move_in(layer, std::to_string(place.file), path);
    if (entry.size > 0) {
      first = nullptr;  // its other names are left out too
      left_out_.insert(entry.inode);
      return;
    }
    const Fd file = writer_.file(path);
    finish_file(file.get(), path, entry);
  }

  const Flattened& flattened_;
  const std::vector<int>& layers_;
  Belongs belongs_;
  TreeWriter writer_;
  std::unordered_set<std::uint64_t> left_out_;  // files, by Entry::inode
  std::vector<const std::string*> first_;       // a name that is made, by Entry::inode
};

}  // namespace

void make_tree(const Flattened& flattened, const std::vector<int>& layers, int root,
               const Owners& owners) {
  if (owners) {
    for (const auto& [path, entry] : flattened.entries) require_mapped(path, entry, *owners);
  }
  Maker(flattened, layers, root, owners ? Belongs::to_owner : Belongs::to_user).run();
}

}  // namespace devbox::image
