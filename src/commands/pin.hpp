// The image that a profile pins: by a digest of its own, or by the lock file beside it.
#pragma once

#include <cstdint>
#include <string>

#include "commands/prepare.hpp"
#include "profile/lock.hpp"
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
PinnedImage pinned_image(const Subject& subject, Missing missing);

// "debian:bookworm", "tar:debian.tar": the source as the profile has it, and a lock file names it.
std::string source_text(const Subject& subject);

// The store that has trees of the kind that the profile asks for.
store::Pinned store_for(const Subject& subject);

// Of a source with layers: what devbox-image is asked for, by what the profile itself pins.
store::ImageRequest image_request(const Subject& subject);

// Makes what the profile asks for, as `locked` has it where that is not null, and publishes it.
// `epoch` is for what is not locked.
struct MadeImage {
  profile::LockedImage image;
  std::uint64_t names = 0;
  std::uint64_t bytes = 0;
  std::string index = {};  // hex; of a source with layers
};
MadeImage make_image(const Subject& subject, const profile::LockedImage* locked,
                     std::int64_t epoch);

}  // namespace devbox::commands
