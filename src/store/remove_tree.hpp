// rm -r, for trees that somebody else's archive made.
#pragma once

#include <string>
#include <vector>

#include "host/id_maps.hpp"

namespace devbox::store {

// Removes `name` in `directory` (borrowed, writable) with all below it: no link is followed,
// nothing is opened that is no directory, and depth costs no descriptors: a directory is moved up
// before its own turn comes. What cannot be removed is left.
void remove_tree(int directory, const std::string& name) noexcept;

// The same of `names`, by who may do everything with the files of `ids`, which are `user`'s; none
// where `ids` are empty. Throws Error where something is left, which `shown`, the directory's path,
// is for.
void remove_with_ids(int directory, const std::string& shown, const std::vector<std::string>& names,
                     const host::IdMaps& ids, const std::string& user);

}  // namespace devbox::store
