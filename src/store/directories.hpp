// The directories of a pinned tree as they were in its archive.
//
// In the store nobody may write to them (mode 0555), which is what an overlay over the tree would
// show. So it gets a layer between that has them all, empty, with their own modes: "directories"
// beside the tree's "root", made from its manifest when a box first needs it.
#pragma once

#include <string>

namespace devbox::store {

// Where that layer is, made or not; empty of a tree that is not pinned, or whose own
// directories have their modes, and owners (store/owned.hpp). `data` is the directory of
// the store. Both with every link followed.
std::string directories_of(const std::string& tree, const std::string& data);

// Makes it where it is missing. A kill leaves the whole of it or nothing of that name. Throws
// Error.
void make_directories_of(const std::string& layer);

}  // namespace devbox::store
