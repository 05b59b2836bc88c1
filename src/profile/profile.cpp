#include "profile/profile.hpp"

#include <fmt/format.h>

namespace devbox::profile {

std::string Position::text() const {
  return line == 0 ? file : fmt::format("{}:{}:{}", file, line, column);
}

}  // namespace devbox::profile
