// A blob that is a file: what it must be is known, and what it is is somebody else's.
#pragma once

#include <string>

#include "image/blobs.hpp"
#include "util/fd.hpp"

namespace devbox::image {

// Gives `sink` the bytes of `file` (borrowed), as Blobs::blob does. `shown` is what messages call
// it. Throws Error.
void read_blob(int file, const std::string& shown, const Descriptor& descriptor, const Sink& sink,
               const BlobProgress& progress);

// All of a blob of at most kMostDocument. Throws Error.
std::string whole_blob(Blobs& blobs, const Descriptor& descriptor);

// Throws Error where `file` (borrowed) is no regular file.
void require_file(int file, const std::string& shown);

inline constexpr const char* kDamagedCopy = "the copy is damaged; copy the image again";

}  // namespace devbox::image
