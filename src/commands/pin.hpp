// The image that a profile pins: by a digest of its own, or by the lock file beside it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "commands/prepare.hpp"
#include "commands/progress.hpp"
#include "profile/lock.hpp"
#include "store/fetch.hpp"
#include "store/image_config.hpp"
#include "store/pinned.hpp"
#include "store/pull.hpp"

namespace devbox::commands {

struct PinnedImage {
  store::HeldTree tree;
  store::ImageConfig config;
};

// The pinned tree, held. Throws Error where nothing pins it, where the lock file pins
// something else than the profile asks for, and, with Missing::refuse, where the store lacks it.
PinnedImage pinned_image(const Subject& subject, Missing missing,
                         Telling telling = Telling::progress);

// The lock file, which pins what the profile asks for now for platform_of(). Throws Error
// where it does not, or there is none.
profile::Lock required_lock(const Subject& subject, profile::LockPart part);

// What pins the image: the profile itself, or its lock file. Throws Error where nothing does.
profile::LockedImage pin_of(const Subject& subject, profile::LockPart part);

// Throws Error where neither a lock file nor the profile itself pins what the profile asks for
// (`--locked`).
void require_pinned(const Subject& subject);

// "debian:bookworm", "tar:debian.tar": the source as the profile has it, and a lock file names it.
std::string source_text(const Subject& subject);

// What the profile's image is for: as it says, or this machine.
std::string platform_of(const Subject& subject);

// Throws Error where nothing here runs programs for that, with the cause.
void require_runnable(const Subject& subject);

// The store that has trees of the kind that the profile asks for.
store::Pinned store_for(const Subject& subject);

// Of a source with layers: what devbox-image is asked for, by what the profile itself pins.
store::ImageRequest image_request(const Subject& subject);

// Of `tar:URL`.
store::ArchiveUrl archive_url(const Subject& subject);

// Of `debian:`: what would be installed now, without digests. Throws Error.
std::vector<profile::LockedPackage> newest_packages(const Subject& subject);

// Makes what the profile asks for, as `locked` has it where that is not null, and publishes it.
// `epoch` is for what is not locked.
struct MadeImage {
  profile::LockedImage image;
  std::uint64_t names = 0;
  std::uint64_t bytes = 0;
  std::string index = {};  // hex; of a source with layers
};
MadeImage make_image(const Subject& subject, const profile::LockedImage* locked, std::int64_t epoch,
                     Telling telling = Telling::progress);

}  // namespace devbox::commands
