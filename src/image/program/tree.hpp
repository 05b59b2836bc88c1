// What a confined half leaves beside the tree that it has made, and says of it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "image/manifest.hpp"
#include "util/fd.hpp"

namespace devbox::image {

// "root" in the working directory, made; "manifest" beside it is written by finish_tree. Both throw
// Error.
Fd new_tree();
void finish_tree(const Entries& entries, std::uint64_t bytes,
                 const std::vector<std::string>& notes);

// So that nothing goes on writing once this process has ended, whatever an archive made of it: no
// process and no thread can be started any more (setrlimit(2), RLIMIT_NPROC).
void forbid_children();

// "3 device nodes are recorded and not made: …"; nothing where there are none.
std::vector<std::string> device_notes(const Entries& entries);

}  // namespace devbox::image
