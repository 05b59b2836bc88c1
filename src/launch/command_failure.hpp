// Why the box is up and its command is not running: statuses 126 and 127.
#pragma once

#include <string>

#include "util/error.hpp"

namespace devbox::launch {

// What execve(2) says ENOENT about: the file, or the interpreter that it names.
enum class Interpreter { there, missing };

Error command_failure(const std::string& program, int err, Interpreter interpreter);

}  // namespace devbox::launch
