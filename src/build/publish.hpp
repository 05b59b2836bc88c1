// What a build gives, put into the project: all of it, or nothing.
#pragma once

#include <string>
#include <vector>

namespace devbox::build {

// What the name of an output starts with that is not in its place yet, in the directory where it
// will be.
inline constexpr const char* kUnpublished = ".devbox-output-";

struct Results {
  std::string directory;
  std::vector<std::string> outputs;  // paths relative to that, and to the project
};

// Puts the outputs of all `results` into `project`: first all are copied beside where they will be,
// then each takes the place of what was there, by one rename. Where that fails, what was there is
// there again. Where outputs are in each other, or the same, later results take the place of
// earlier ones. No link on the way is followed. Throws Error.
//
// Returns what was put, none of it in another.
std::vector<std::string> publish(const std::vector<Results>& results, const std::string& project);

}  // namespace devbox::build
