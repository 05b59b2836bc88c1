// The outputs of a build, taken out of what its box has written.
#pragma once

#include <string>
#include <vector>

namespace devbox::build {

// Moves each of `outputs`, relative paths, from the overlay of `upper` over `lower`, which nothing
// has mounted any more, into `result`, an empty directory on the file system of `upper`. What of
// them only `lower` has is copied. Modes become 0644 and 0755, as git has them. Throws Error where
// one is missing, is reached through a link, is a link that leads out of the project, or is made of
// anything but files, directories and links.
void collect(const std::string& upper, const std::string& lower,
             const std::vector<std::string>& outputs, const std::string& result);

}  // namespace devbox::build
