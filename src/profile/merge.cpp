#include "profile/merge.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

namespace devbox::profile {

namespace {

enum class Place { document, mounts, elsewhere };

// What type a mount has: "bind" where it does not say.
std::string_view mount_type(const Node& mount) {
  const Node* type = mount.find("type");
  return type != nullptr ? std::string_view(type->text) : std::string_view("bind");
}

bool replaces(Place place, const Node& base, const Node& nearer) {
  if (!base.is_table() || !nearer.is_table()) return true;
  return place == Place::mounts && nearer.find("type") != nullptr &&
         mount_type(base) != mount_type(nearer);
}

Place place_of(Place parent, const Node& child) {
  return parent == Place::document && child.key == "mounts" ? Place::mounts : Place::elsewhere;
}

Node merge_at(Place place, Node base, Node nearer) {
  Node merged = std::move(nearer);
  merged.valid = merged.valid && base.valid;
  if (base.children.empty()) return merged;
  std::vector<Node> ours = std::exchange(merged.children, {});
  merged.children.reserve(ours.size() + base.children.size());
  auto theirs = base.children.begin();
  for (Node& node : ours) {
    for (; theirs != base.children.end() && theirs->key < node.key; ++theirs) {
      merged.children.push_back(std::move(*theirs));
    }
    const bool in_both = theirs != base.children.end() && theirs->key == node.key;
    if (in_both && !replaces(place, *theirs, node)) {
      const Place below = place_of(place, node);
      merged.children.push_back(merge_at(below, std::move(*theirs), std::move(node)));
    } else {
      merged.children.push_back(std::move(node));
    }
    if (in_both) ++theirs;
  }
  std::move(theirs, base.children.end(), std::back_inserter(merged.children));
  return merged;
}

bool is_own(const Node& node) {
  return node.key == "schema" || node.key == "name" || node.key == "description" ||
         node.key == "extends";
}

}  // namespace

Node merge(Node base, Node nearer) {
  std::erase_if(base.children, is_own);
  return merge_at(Place::document, std::move(base), std::move(nearer));
}

}  // namespace devbox::profile
