// The lock file of a profile on disk (profile/lock.hpp has what is in it).
#pragma once

#include <optional>
#include <string>

#include "profile/lock.hpp"
#include "store/profiles.hpp"

namespace devbox::store {

// Where `devbox lock` writes: beside the profile; for a profile of the whole machine, which is not
// the user's to write beside, in $XDG_CONFIG_HOME/devbox/locks.
std::string lock_path(const Found& profile, const host::Host& host);

// What is there; std::nullopt where nothing is. A profile of the whole machine may have one beside
// it, which its user's own goes before. Throws Error where it cannot be read.
std::optional<profile::Text> read_lock(const Found& profile, const host::Host& host);

// Its contents. Throws Error with every mistake.
profile::Lock parse_lock(const profile::Text& text, profile::LockPart part);

// Replaces the file in one rename, making its directory. Throws Error.
void write_lock(const std::string& path, const std::string& bytes);

}  // namespace devbox::store
