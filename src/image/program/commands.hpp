// What devbox-image does, a function each; their status is the program's.
#pragma once

#include <string>

namespace devbox::image {

int unpack_command(const std::string& directory);
int bootstrap_command(const std::string& directory);

}  // namespace devbox::image
