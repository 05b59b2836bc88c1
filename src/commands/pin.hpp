// The image that a profile pins: by a digest of its own, or by the lock file beside it.
#pragma once

#include <optional>
#include <string>

#include "commands/prepare.hpp"
#include "profile/lock.hpp"
#include "store/pinned.hpp"

namespace devbox::commands {

// The pinned tree, held. Throws Error where nothing pins it, where the lock file pins
// something else than the profile asks for, and, with Missing::refuse, where the store lacks it.
store::HeldTree pinned_tree(const Subject& subject, Missing missing);

// Whether the profile's image lies in the store, and not in a directory of somebody's.
bool is_stored(const plan::Resolved& resolved);

// "debian:bookworm", "tar:/home/me/debian.tar": the source as a lock file names it.
std::string source_text(const Subject& subject);

// Makes what the profile asks for, as `locked` has it where that is not null, and publishes it.
// `epoch` is for what is not locked.
struct MadeImage {
  profile::LockedImage image;
  std::uint64_t names = 0;
  std::uint64_t bytes = 0;
};
MadeImage make_image(const Subject& subject, const profile::LockedImage* locked,
                     std::int64_t epoch);

}  // namespace devbox::commands
