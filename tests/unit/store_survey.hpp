// One question to store::survey.
#pragma once

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

}  // namespace devbox::test
