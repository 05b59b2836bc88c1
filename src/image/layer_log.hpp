// What a layer changes, as text, so that it can be known without its bytes: kept beside the tree
// that was made of it, by the digest of the layer's blob.
//
//   devbox-layer 2 SHA256 whole    the digest of what follows; "whole" where each file's bytes can
//   be
//                                  had from the pool (image/share.hpp), else "bytes"
//   f MODE UID GID MTIME SIZE SHA256 PATH
//                                  and the other kinds of a manifest's lines, in the archive's
//                                  order
//   h EXISTING PATH                one more name
//   w PATH                         a whiteout
//   o PATH                         an opaque directory
//
// Format 1 had no extended attributes: a layer that is known so is fetched once more.
//
// Whoever wrote it had seen that layer alone: nothing that another layer holds can have changed it.
#pragma once

#include <string>
#include <string_view>

#include "image/layer.hpp"

namespace devbox::image {

inline constexpr std::size_t kMostLog = std::size_t{1} << 30U;

std::string log_text(const Changes& changes);

// Exactly what log_text wrote; Change::file counts the files from 1. Throws Error.
Changes parse_log(std::string_view text);

// Whether the text is undamaged, and the layer's files can be had without its bytes. Looks at no
// more of it than its first line and its digest.
bool is_enough(std::string_view text);

}  // namespace devbox::image
