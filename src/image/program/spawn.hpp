// More processes of this program, each for one of its commands.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace devbox::image {

// Starts this program with these arguments and no environment; its standard input is `input`
// (borrowed), and it says what it finds where this one does. From whatever thread. Throws Error.
pid_t start_self(const std::vector<std::string>& words, int input);

}  // namespace devbox::image
