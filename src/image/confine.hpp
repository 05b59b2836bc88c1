// Before the first byte from elsewhere is looked at.
#pragma once

#include <optional>
#include <string>

#include "host/owners.hpp"
#include "util/fd.hpp"

namespace devbox::image {

// What may be done with the directory. Who reads may read everything in it, whatever its mode.
enum class Reach { read, write };

// Whose ids the files of a tree have; std::nullopt: all are this user's.
using Owners = std::optional<host::Owners>;

// Makes `directory` all that this process can reach: it becomes "/" and the working directory, in
// user, mount, network and IPC namespaces of its own, without capabilities but for those of
// `reach`, under the strict system call filter, with at most 4 GiB of address space. Descriptors
// that are open stay. With `owners` the ids of these are mapped: who reads may then read theirs
// too, and who writes may give files to them. Throws Error, with the cause where the host forbids
// it; the process is then good for nothing but to say so.
void confine(const std::string& directory, Reach reach, const Owners& owners);

// The same for who reads two directories: `first` becomes "/", and `second` is the root of a mount
// of its own that is attached nowhere, so that ".." leads out of neither. Returns that.
Fd confine_to_two(const std::string& first, const std::string& second,
                  const Owners& owners = std::nullopt);

}  // namespace devbox::image
