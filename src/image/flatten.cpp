#include "image/flatten.hpp"

#include <fmt/format.h>

#include <deque>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "image/limits.hpp"
#include "image/parents.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace devbox::image {
namespace {

constexpr int kMostLinks = 255;  // on the way to one name

struct Node {
  Entry entry;
  std::size_t layer = 0;  // the highest that says something of it
};
using Nodes = std::map<std::string, Node>;

std::string joined(const std::string& parent, const std::string& name) {
  return parent.empty() ? name : parent + '/' + name;
}

// The names that are still to be walked, the next first.
void push_front(std::deque<std::string>& names, std::string_view path) {
  std::vector<std::string> parts = split(path, '/');
  names.insert(names.begin(), std::make_move_iterator(parts.begin()),
               std::make_move_iterator(parts.end()));
}

class Flattener {
 public:
  Flattener() {
    nodes_[""] = {.entry = {.kind = EntryKind::directory, .mode = 0755, .text = {}}};
    flattened_.places.emplace_back();  // the tree's own number is 0
  }

  void add(std::size_t number, const Changes& layer) {
    layer_ = number;
    for (const Change& change : layer) {
      switch (change.kind) {
        case Change::Kind::entry:
          put(change);
          break;
        case Change::Kind::hard_link:
          put_hard_link(change);
          break;
        case Change::Kind::whiteout:
          if (const auto path = find(change.path)) take_away(*path);
          break;
        case Change::Kind::opaque:
          if (const auto path = find_directory(change.path)) take_below(*path);
          break;
      }
    }
  }

  Flattened result() {
    for (auto& [path, node] : nodes_)
      flattened_.entries.emplace_hint(flattened_.entries.end(), path, std::move(node.entry));
    return std::move(flattened_);
  }

 private:
  enum class Missing : unsigned char { make, give_up };

  // Where the directory `path` is, links followed, ".." of a link's text too, which never leaves
  // the tree. What is missing is made or not; std::nullopt where it is not, or no directory.
  std::optional<std::string> walk(const std::string& path, Missing missing) {
    if (is_directory(path)) return path;  // so are its parents then: none of them is a link
    std::string at;
    std::deque<std::string> names;
    push_front(names, path);
    for (int links = 0; !names.empty();) {
      const std::string name = std::move(names.front());
      names.pop_front();
      if (name == "..") at = parent_of(at);
      if (name.empty() || name == "." || name == "..") continue;
      std::string next = joined(at, name);
      const Entry* found = find_or_make(next, missing);
      if (found == nullptr) return std::nullopt;
      if (found->kind == EntryKind::directory) {
        at = std::move(next);
      } else if (found->kind == EntryKind::symlink) {
        if (++links > kMostLinks)
          return give_up(missing, path, "lies below links that lead in circles");
        if (found->text.starts_with('/')) at.clear();
        push_front(names, found->text);
      } else {
        return give_up(missing, path,
                       fmt::format("lies below {}, which is no directory", printable(next)));
      }
    }
    return at;
  }

  // nullptr where it is missing, and is not to be made.
  const Entry* find_or_make(const std::string& path, Missing missing) {
    const auto found = nodes_.find(path);
    if (found != nodes_.end()) return &found->second.entry;
    if (missing == Missing::give_up) return nullptr;
    insert(path, {.kind = EntryKind::directory, .mode = 0755, .text = {}}, {});
    return &nodes_.at(path).entry;
  }

  // What is to be made cannot be.
  static std::optional<std::string> give_up(Missing missing, const std::string& path,
                                            std::string_view why) {
    if (missing == Missing::give_up) return std::nullopt;
    throw Error(fmt::format("the layer's member {} {}", printable(path), why), kNotOurs);
  }

  // Where a name is: its directory's links are followed, and it itself is not.
  std::optional<std::string> find(const std::string& path) {
    const std::optional<std::string> parent = walk(parent_of(path), Missing::give_up);
    if (!parent) return std::nullopt;
    std::string at = joined(*parent, name_of(path));
    return nodes_.contains(at) ? std::optional(std::move(at)) : std::nullopt;
  }

  std::optional<std::string> find_directory(const std::string& path) {
    return walk(path, Missing::give_up);
  }

  std::string place_for(const std::string& path) {
    return joined(*walk(parent_of(path), Missing::make), name_of(path));
  }

  bool is_directory(const std::string& path) const {
    const auto found = nodes_.find(path);
    return found != nodes_.end() && found->second.entry.kind == EntryKind::directory;
  }

  void put(const Change& change) {
    const Entry& entry = change.entry;
    if (change.path.empty()) {
      if (entry.kind != EntryKind::directory)
        throw Error("a member of the layer is the tree itself, and no directory", kNotOurs);
      Node& tree = nodes_[""];
      tree = {entry, layer_};
      return;
    }
    const std::string path = place_for(change.path);
    const auto there = nodes_.find(path);
    if (there != nodes_.end()) {
      const bool stays =
          entry.kind == EntryKind::directory && there->second.entry.kind == EntryKind::directory;
      if (stays) {
        const std::uint64_t inode = there->second.entry.inode;
        there->second = {entry, layer_};
        there->second.entry.inode = inode;
        return;
      }
      erase(path);
    }
    insert(path, entry, {layer_, change.file});
  }

  void put_hard_link(const Change& change) {
    const std::optional<std::string> existing = find(change.existing);
    if (!existing || is_directory(*existing)) {
      throw Error(fmt::format("the layer's member {} is a hard link to {}, which is no file of the "
                              "tree",
                              printable(change.path), printable(change.existing)),
                  kNotOurs);
    }
    const std::string path = place_for(change.path);
    if (path == *existing) return;  // tar writes a file's second name so where it was added twice
    const Entry entry = nodes_.at(*existing).entry;
    if (nodes_.contains(path)) erase(path);
    // Gone with the directory that the new name replaces.
    if (!nodes_.contains(*existing)) {
      throw Error(fmt::format("the layer's member {} is a hard link to {}, which it replaces",
                              printable(change.path), printable(change.existing)),
                  kNotOurs);
    }
    require_room();
    nodes_[path] = {entry, layer_};
  }

  void insert(const std::string& path, const Entry& entry, Place place) {
    require_room();
    Node& node = nodes_[path];
    node = {entry, layer_};
    node.entry.inode = flattened_.places.size();
    flattened_.places.push_back(place);
  }

  void require_room() const {
    if (nodes_.size() >= kMostNames)
      throw Error(fmt::format("the layers have more than {} names", kMostNames), kNotOurs);
  }

  void erase(const std::string& path) {
    const auto [first, last] = below(path);
    nodes_.erase(first, last);
    nodes_.erase(path);
  }

  // Of lower layers; a directory in which this layer has something stays.
  void take_away(const std::string& path) {
    take_below(path);
    const auto found = nodes_.find(path);
    if (found->second.layer < layer_ && is_empty(path)) nodes_.erase(found);
  }

  void take_below(const std::string& path) {
    const auto [first, last] = below(path);
    for (auto it = last; it != first;) {
      --it;  // from the end: what is in a directory comes before it
      if (it->second.layer < layer_ && is_empty(it->first)) {
        const bool is_first = it == first;
        it = nodes_.erase(it);
        if (is_first) return;
      }
    }
  }

  bool is_empty(const std::string& path) {
    const auto [first, last] = below(path);
    return first == last;
  }

  std::pair<Nodes::iterator, Nodes::iterator> below(const std::string& path) {
    if (path.empty()) return {std::next(nodes_.begin()), nodes_.end()};
    return {nodes_.lower_bound(path + '/'), nodes_.lower_bound(path + '0')};  // '0' follows '/'
  }

  Nodes nodes_;
  std::size_t layer_ = 0;
  Flattened flattened_;
};

}  // namespace

Flattened flatten(const std::vector<Changes>& layers) {
  Flattener flattener;
  for (std::size_t i = 0; i < layers.size(); ++i) flattener.add(i, layers[i]);
  return flattener.result();
}

}  // namespace devbox::image
