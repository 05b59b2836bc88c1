// What a build gives, put into the project: all of it, or nothing.
#pragma once

#include <string>
#include <vector>

namespace devbox::build {

// What the name of an output starts with that is not in its place yet, in the directory where it
// will be.
inline constexpr const char* kUnpublished = ".devbox-output-";

// Puts each of `outputs`, paths relative to both, from `result` into `project`: first all are
// copied beside where they will be, then each takes the place of what was there, by one rename.
// Where that fails, what was there is there again. No link on the way is followed. Throws Error.
void publish(const std::string& result, const std::string& project,
             const std::vector<std::string>& outputs);

}  // namespace devbox::build
