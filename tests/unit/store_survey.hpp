// One question to store::survey.
#pragma once

#include <optional>
#include <string>

#include "host_temporary.hpp"
#include "store/rootfs.hpp"

namespace devbox::test {

inline store::Place place_of(const TemporaryDirectory& tree, const std::string& path) {
  return store::survey(tree.path(), store::Survey{{path}, {}, "", ""}).places.at(path);
}

inline bool has_program(const TemporaryDirectory& tree, const std::string& path) {
  return store::survey(tree.path(), store::Survey{{}, {path}, "", ""}).programs.at(path);
}

inline std::optional<std::string> read_in_tree(const std::string& tree, const std::string& path) {
  store::Survey asked;
  asked.files = {path};
  return store::survey(tree, asked).files.at(path);
}

}  // namespace devbox::test
