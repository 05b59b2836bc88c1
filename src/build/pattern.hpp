// Patterns of files, as `inputs` of a task has them.
#pragma once

#include <string_view>

namespace devbox::build {

// Whether `path` or a directory above it is what `pattern` says; both relative and normal. "*" and
// "?" stand for anything but "/", "[a-z]" and "[!a-z]" for one character, and a component "**" for
// any number of directories (gitignore(5), "PATTERN FORMAT"). "\" takes the meaning away.
bool names(std::string_view pattern, std::string_view path);

// Whether something below the directory `path` could be what `pattern` says.
bool may_name_below(std::string_view pattern, std::string_view path);

}  // namespace devbox::build
