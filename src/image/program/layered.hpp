// A tree and what a box has written over it, opened where a confined process can reach nothing
// else.
#pragma once

#include <string>

#include "image/confine.hpp"
#include "image/export_tree.hpp"
#include "image/upper_changes.hpp"
#include "util/fd.hpp"
#include "util/json.hpp"

namespace devbox::image {

// What devbox says of it, as members of a recipe:
//
//   "tree": "sha256:…"    the digest of the tree's manifest; left out of a directory that is none
//   "owned": true         where its files have owners
//   "generated": [{"path", "kind": "directory" | "file" | "symlink", "mode", "size",
//                  "text": a file's SHA-256 in hex, a link's text}]
//                         what devbox shows below what the box writes, over the tree
struct LayeredRecipe {
  std::string tree;  // hex; empty of a directory
  Below kind = Below::directory;
  Entries generated;
};
LayeredRecipe parse_layered(const Json& recipe);  // throws Error

// Makes this process one that reads `lower`, a tree's directory in the store or one that is used as
// it is, and `upper`, and nothing else. With `owners` their ids are mapped. Throws Error.
class Layered {
 public:
  Layered(const std::string& lower, const std::string& upper, const LayeredRecipe& recipe,
          const Owners& owners);

  std::vector<UpperChange> changes() const;
  const Upper& upper() const { return written_; }

  // The archive of both together (image/export_tree.hpp).
  void archive(const TarWriter::Sink& sink) const;

 private:
  void read_digests();

  const LayeredRecipe& recipe_;
  Fd upper_;
  Fd root_;
  Upper written_;
  Entries below_;
};

}  // namespace devbox::image
