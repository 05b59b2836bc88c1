// Two directories that builds have written, compared to the last byte. Their bytes are parsed by
// devbox-image where they can do no harm, and never here.
#pragma once

#include <string>

#include "build/difference.hpp"

namespace devbox::build {

// `program` is devbox-image. Throws Error where the directories cannot be read, and where the
// program does not say whether they are the same.
Comparison compare(const std::string& program, const std::string& first, const std::string& second);

// For a person, without a newline:
//
//   differs: build/app at offset 1234 in section .rodata: "Jan 1" / "Jan 2"
//   differs: build/app has mode 0644 / 0755
//   differs: build/app is only in the first build
std::string line(const Difference& difference);

}  // namespace devbox::build
