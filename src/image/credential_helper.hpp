// docker-credential-NAME: programs that keep credentials (the protocol of
// docker-credential-helpers).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "image/auth.hpp"

namespace devbox::image {

// Runs `docker-credential-NAME get` of PATH, with `server` on its standard input. std::nullopt
// where it has nothing for it. Throws Error where there is no such program, or it fails, or takes
// more than two minutes (one may ask for a passphrase).
std::optional<Credentials> ask_helper(const std::string& name, const std::string& server);

// What it printed. Throws Error; `program` is what it calls it. Pure.
Credentials parse_helper_answer(std::string_view output, const std::string& program);

}  // namespace devbox::image
