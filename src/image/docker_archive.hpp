// An image as `docker save` writes it (Docker image specification 1.2, "Combined Image JSON +
// Filesystem Changeset Format"), its archive unpacked into a directory.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "image/blobs.hpp"
#include "util/fd.hpp"

namespace devbox::image {

class DockerArchive final : public Blobs {
 public:
  // Hashes all of its layers: the archive does not say what they are. Throws Error where
  // `directory` holds no such image, or several.
  DockerArchive(const std::string& directory, std::string shown);

  // A manifest that says what the archive's own list does: so this image has a digest, which is the
  // same for the same config and layers.
  Document manifest(std::string_view tag_or_digest) override;
  std::string small_blob(const Descriptor& descriptor) override;
  void blob(const Descriptor& descriptor, const Sink& sink, const BlobProgress& progress) override;

 private:
  Fd open(const std::string& path) const;
  Descriptor describe(const std::string& path, const char* media_type);

  std::string shown_;
  Fd directory_;
  std::map<std::string, std::string> paths_;  // by digest
  Document manifest_;
};

}  // namespace devbox::image
