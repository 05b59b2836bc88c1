// Paths as text: nothing here looks at a file system.
#pragma once

#include <string>
#include <string_view>

namespace devbox::path {

// Drops empty and "." components; ".." takes one away and stops at "/". Relative stays relative: it
// keeps the ".." that lead out of it, and is "." where nothing is left (of "" too).
std::string normal(std::string_view path);

// `path` where it is absolute, else joined to `base`; normal.
std::string absolute(std::string_view path, std::string_view base);

// Whether `path` is `ancestor` or below it. Both absolute and normal.
bool is_within(std::string_view path, std::string_view ancestor);

// One slash between the two; `name` is taken as it is, and an empty part adds nothing.
std::string join(std::string_view directory, std::string_view name);
std::string parent(std::string_view path);    // "/" of "/", "." of "file"
std::string filename(std::string_view path);  // empty of "/"

// parent() of an absolute and normal path, without a copy; empty of one that is relative.
std::string_view above(std::string_view path);

}  // namespace devbox::path
