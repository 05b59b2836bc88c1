// Why devbox-scope ends with something else than `done`.
#pragma once

#include <string>

#include "scope/protocol.hpp"

namespace devbox::scope {

struct Failure {
  Status status;
  std::string reason;  // may hold what others said
};

}  // namespace devbox::scope
