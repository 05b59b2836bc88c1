// An image in a directory: the OCI image layout (image specification, image-layout.md).
#pragma once

#include <string>
#include <string_view>

#include "image/blobs.hpp"
#include "util/fd.hpp"

namespace devbox::image {

class Layout final : public Blobs {
 public:
  // `shown` is what messages call it. Throws Error where `directory` is none.
  Layout(const std::string& directory, const std::string& shown);

  // A tag is a name that index.json gives (org.opencontainers.image.ref.name). Of an empty one it
  // is all that index.json has: the only image, or the index itself where it lists platforms.
  Document manifest(std::string_view tag_or_digest) override;
  std::string small_blob(const Descriptor& descriptor) override;
  void blob(const Descriptor& descriptor, const Sink& sink, const BlobProgress& progress) override;

 private:
  Fd open(const std::string& digest) const;

  std::string shown_;
  Fd directory_;
};

}  // namespace devbox::image
