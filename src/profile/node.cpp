#include "profile/node.hpp"

#include <algorithm>

namespace devbox::profile {

const Node* Node::find(std::string_view name) const {
  if (!is_table()) return nullptr;
  const auto before = [](const Node& node, std::string_view wanted) { return node.key < wanted; };
  const auto found = std::lower_bound(children.begin(), children.end(), name, before);
  return found != children.end() && found->key == name ? &*found : nullptr;
}

Node* Node::find(std::string_view name) {
  return const_cast<Node*>(static_cast<const Node&>(*this).find(name));
}

const Node* Node::at_path(std::string_view path) const {
  const Node* node = this;
  while (node != nullptr) {
    const std::size_t dot = path.find('.');
    node = node->find(path.substr(0, dot));
    if (dot == std::string_view::npos) break;
    path.remove_prefix(dot + 1);
  }
  return node;
}

Node* Node::at_path(std::string_view path) {
  return const_cast<Node*>(static_cast<const Node&>(*this).at_path(path));
}

}  // namespace devbox::profile
