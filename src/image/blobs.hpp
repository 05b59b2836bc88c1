// Where an image's documents and bytes come from: a registry, or a directory that holds the same.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "image/oci.hpp"

namespace devbox::image {

// A manifest or an index, whose digest is that of its bytes.
struct Document {
  std::string bytes;
  std::string media_type;  // as whoever has it calls it; may be empty
  std::string digest;      // hex of its SHA-256
};

// May throw: what is going on ends, and the exception comes out of it.
using Sink = std::function<void(std::string_view)>;

// How much of one blob has come; called now and then.
using BlobProgress = std::function<void(std::uint64_t bytes)>;

// Several threads may use one.
class Blobs {
 public:
  Blobs() = default;
  virtual ~Blobs() = default;
  Blobs(const Blobs&) = delete;
  Blobs& operator=(const Blobs&) = delete;

  // By tag, or by the hex of a digest, which it then has. Throws Error.
  virtual Document manifest(std::string_view tag_or_digest) = 0;

  // A config or the like, whole; at most kMostDocument. Throws Error.
  virtual std::string small_blob(const Descriptor& descriptor) = 0;

  // Gives `sink` exactly the bytes of `descriptor`, in order, or throws Error: also after some of
  // them, and where all have come and are not those of the digest. So nothing of it counts before
  // this has returned. What `sink` throws comes out, too.
  virtual void blob(const Descriptor& descriptor, const Sink& sink,
                    const BlobProgress& progress) = 0;
};

}  // namespace devbox::image
