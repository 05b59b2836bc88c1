// Digests of what lies in a directory.
#pragma once

#include <string>
#include <vector>

#include "build/record.hpp"

namespace devbox::build {

// Every file and link of `paths`, and of those that are directories all below them; paths are
// relative to `directory`. No link is followed. Throws Error.
Artifacts artifacts(const std::string& directory, const std::vector<std::string>& paths);

// One digest for all of them: of a line a path, "SHA256 KIND PATH", in the order of the paths, each
// ended by a NUL. KIND is "file", "executable" or "link".
std::string digest_of(const Artifacts& artifacts);

// git's name of a file's content, or of a link's text: of "blob SIZE", a NUL and the bytes
// (gitformat-pack(5)); by SHA-256 where `like` is as long as one of those, else by SHA-1. Throws
// Error.
std::string blob_name(const std::string& directory, const std::string& path,
                      const std::string& like);

}  // namespace devbox::build
