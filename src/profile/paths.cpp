#include "profile/paths.hpp"

#include <algorithm>
#include <cstddef>

#include "profile/variables.hpp"
#include "util/path.hpp"

namespace devbox::profile {

std::string host_path(std::string_view text, std::string_view directory) {
  const bool is_absolute = text.starts_with('/') || text.starts_with('~') || text.starts_with("${");
  if (is_absolute) return with_profile_dir(std::string(text), directory);
  // Only what leads the path is taken away: a later ".." may follow a variable of several
  // components.
  std::string base(directory);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('/'), text.size());
    const std::string_view first = text.substr(0, end);
    if (!first.empty() && first != "." && first != "..") break;
    if (first == "..") base = path::parent(base);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return path::join(with_profile_dir("${profile_dir}", base),
                    with_profile_dir(std::string(text), directory));
}

}  // namespace devbox::profile
