// A file of git-config(1), "Syntax".
#pragma once

#include <map>
#include <string>

namespace devbox::plan {

// Of keys with one dot. What the image's own system configuration says comes before, and loses.
std::string git_config_text(const std::map<std::string, std::string>& values);

}  // namespace devbox::plan
