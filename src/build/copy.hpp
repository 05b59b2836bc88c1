// Files and links copied by descriptor, no link followed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "util/fd.hpp"

namespace devbox::build {

// For reading; where the last component is a link, an error. Throws Error.
Fd open_directory(const std::string& path);

// The names in a directory (borrowed; shown as `shown`), sorted. Throws Error.
std::vector<std::string> names_in(int directory, const std::string& shown);

// The directory `path` below `top` (borrowed; shown as `shown`), made with those above it, 0755,
// where they are missing. A link on the way is an error. Throws Error.
Fd make_below(int top, const std::string& path, std::string_view shown);

// Copies the bytes of a file, where the file system can without writing them. Throws Error, which
// names `shown`.
void copy_bytes(int from, int to, std::string_view shown);

// Copies `name` of `from` to `new_name` in `to`, which is not there: a file, a link, or a directory
// with all that is in it. Modes but for set-id bits, and times, are kept. Anything else is an
// error. Throws Error, which names paths below `shown`.
void copy_tree(int from, const std::string& name, int to, const std::string& new_name,
               const std::string& shown);

}  // namespace devbox::build
